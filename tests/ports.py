"""Ports for programs under test to serve at."""

from __future__ import annotations

import random
import socket

# Below those that a system gives to whoever connects (Linux: from 32768): what is free now may be a connection's own end a second later.
SERVED = range(20_000, 32_000)
TRIES = 100


def free_port() -> int:
    """Return a port that nobody listens at, and that no connection is given meanwhile."""
    for port in random.sample(SERVED, TRIES):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise RuntimeError(f"none of {TRIES} ports is free")
