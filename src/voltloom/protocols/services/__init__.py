"""Translators of what services on the internet tell: prices of the day ahead, weather; no sockets, no clock, no disk."""
