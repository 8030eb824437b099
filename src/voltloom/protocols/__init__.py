"""Translators between the core's words and those of stations, meters and markets; no sockets, no clock, no log."""
