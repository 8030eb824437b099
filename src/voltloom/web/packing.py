"""Answers to browsers, packed where the browser unpacks them. Only whole ones: what streams is never packed."""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Final

from fastapi import Request, Response

FOR_EVER: Final = "public, max-age=31536000, immutable"  # a bundle's name changes with what is in it
FRESH: Final = "no-store"
QUICKLY: Final = (
    6  # a state is another each time, and the site's controller waits meanwhile: a millisecond or two
)


def packed(request: Request, content: bytes, kind: str, keep: str = FRESH) -> Response:
    """Return an answer. kind: its media type. keep: how long the browser may keep it; what it keeps for ever is packed once."""
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = _packed_once(content) if keep == FOR_EVER else gzip.compress(content, QUICKLY)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=kind, headers=headers)


@lru_cache(maxsize=32)
def _packed_once(content: bytes) -> bytes:
    return gzip.compress(content)
