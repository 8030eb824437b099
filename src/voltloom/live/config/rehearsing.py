"""A drafted file read as `voltloom run` would read it, before it is written: certificates may be made after it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from voltloom.live.config.reading import Config, config_of

_KEYS = frozenset({"certificate", "key", "station_authority", "host_names"})


def rehearsed(text: str, folder: Path) -> Config:
    """Return the configuration of a text that is not written yet. Raises PlanError.

    Its listener is taken as one without TLS, since its certificates may not be there yet.
    """
    tree = tomllib.loads(text)
    gateway = {key: value for key, value in tree["gateway"].items() if key not in _KEYS}
    if gateway["security_profile"] >= 2:
        gateway |= {"security_profile": 0, "host": "127.0.0.1", "allow_insecure": True}
    return config_of(tree | {"gateway": gateway}, folder=folder)
