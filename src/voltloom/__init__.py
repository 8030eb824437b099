"""Voltloom: one controller for EV charging sites, run live and in virtual time."""

__version__ = "0.1.0"
