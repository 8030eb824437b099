"""What every generated OCPP struct is made from: Python names in code, camelCase on the wire."""

from __future__ import annotations

from msgspec import Struct


class Closed(
    Struct,
    forbid_unknown_fields=True,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    gc=False,
    rename="camel",
):
    """A message or data type without room for further fields. gc=False: messages hold no cycles."""


class Extensible(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, rename="camel"):
    """A data type that vendors may extend; what they add is read from the frame where it is wanted."""
