"""Voltloom: one controller for EV charging sites, run live and in virtual time."""

from pathlib import Path

from voltloom.kernel_cache import name_cache

__version__ = "0.1.0"

# Before any module of this package can import numba, which reads the name of its cache once.
name_cache(Path(__file__).resolve().parent)
