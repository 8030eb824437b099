"""Stationary batteries behind inverters that are read and written by Modbus/TCP."""
