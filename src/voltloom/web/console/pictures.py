"""The picture of the car park behind its plan: what it is told by its content, and kept in the site's folder."""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import struct
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree

import msgspec

from voltloom.site.topology import Site
from voltloom.web.console.shapes import Picture, PictureStands

MOST_BYTES: Final = 2 * 1024 * 1024
# A few kB of PNG can unpack to four bytes for each pixel in every browser that shows it.
MOST_PX: Final = 8_000
STEM: Final = "car-park"
PNG, SVG = "png", "svg"
PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PNG_ENDS: Final = b"IEND\xaeB`\x82"
SVG_ROOT: Final = "{http://www.w3.org/2000/svg}svg"
LENGTH: Final = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*$")
AROUND_M: Final = 1.5  # beyond the outermost outlets, where nobody says where a picture lies


class PictureError(ValueError):
    """A picture that is none, or none that can be shown. remedy: what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem, self.remedy = problem, remedy


class Recognised(NamedTuple):
    """What a file is by its content, with the size that it is drawn at."""

    kind: str
    width_px: Decimal
    height_px: Decimal

    @property
    def height_ratio(self) -> float:
        """Return its height by its width."""
        return float(self.height_px / self.width_px)


class Kept(NamedTuple):
    """A picture that is kept. told: as pages hear of it."""

    content: bytes
    told: Picture


def recognised(content: bytes) -> Recognised:
    """Return what a picture is. Raises PictureError."""
    if len(content) > MOST_BYTES:
        raise PictureError(f"has more than {MOST_BYTES // 1024**2} MB", "Save it smaller.")
    found = _png(content) if content.startswith(PNG_BEGINS) else _svg(content)
    if not (1 <= found.width_px <= MOST_PX and 1 <= found.height_px <= MOST_PX):
        raise PictureError(f"is not between 1 and {MOST_PX} px each way", "Save it in another size.")
    return found


def _png(content: bytes) -> Recognised:
    if len(content) < 45 or not content.endswith(PNG_ENDS):
        raise PictureError("is a PNG file that was cut off", "Send all of it.")
    width_px, height_px = struct.unpack(">II", content[16:24])
    return Recognised(PNG, Decimal(width_px), Decimal(height_px))


def _svg(content: bytes) -> Recognised:
    remedy = "Send a PNG or SVG file."
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise PictureError("is neither PNG nor SVG", remedy) from wrong
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise PictureError(
            "declares a document type, which may grow without end", "Save it as plain SVG, without DOCTYPE."
        )
    try:
        root = ElementTree.fromstring(text)  # without a DOCTYPE there are no entities
    except (ElementTree.ParseError, ValueError) as wrong:
        raise PictureError("is neither PNG nor SVG", remedy) from wrong
    if root.tag != SVG_ROOT:
        raise PictureError("is neither PNG nor SVG", remedy)
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    width, height = LENGTH.match(root.get("width", "")), LENGTH.match(root.get("height", ""))
    if width and height:
        return Recognised(SVG, Decimal(width[1]), Decimal(height[1]))
    with contextlib.suppress(InvalidOperation, IndexError):
        width_px, height_px = Decimal(box[2]), Decimal(box[3])
        if width_px.is_finite() and height_px.is_finite():
            return Recognised(SVG, width_px, height_px)
    raise PictureError(
        "is an SVG that does not say how large it is", "Give it a viewBox, or width and height in px."
    )


def stands_around(site: Site, picture: Recognised) -> PictureStands:
    """Return where a picture lies of which nobody says it: around the outlets, as wide as they reach or, where it is too low so, wider."""
    known = [(evse.x_m, evse.y_m) for evse in site.evses if math.isfinite(evse.x_m)] or [(0.0, 0.0)]
    left_m, right_m = min(x_m for x_m, _ in known), max(x_m for x_m, _ in known)
    top_m, bottom_m = min(y_m for _, y_m in known), max(y_m for _, y_m in known)
    reach_m = (right_m - left_m + 2 * AROUND_M, bottom_m - top_m + 2 * AROUND_M)
    width_m = max(reach_m[0], reach_m[1] / picture.height_ratio)
    return PictureStands(
        left_m=round(left_m - AROUND_M, 3), top_m=round(top_m - AROUND_M, 3), width_m=round(width_m, 3)
    )


class Pictures:
    """The picture of one site, in its folder. It is read and written outside the site's event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def kept(self) -> Kept | None:
        """Return the picture, None where there is none that can be shown. Raises OSError."""
        for kind in (PNG, SVG):
            file = self._file(kind)
            if file.is_file() and file.stat().st_size <= MOST_BYTES:
                return self._kept(file.read_bytes())
        return None

    def _kept(self, content: bytes) -> Kept | None:
        try:
            stands = msgspec.json.decode(self._file("json").read_bytes(), type=PictureStands)
            found = recognised(content)
        except (FileNotFoundError, msgspec.DecodeError, PictureError):
            return None
        version = hashlib.sha256(content).hexdigest()[:16]
        height_ratio = round(found.height_ratio, 5)
        return Kept(
            content, Picture(version=version, kind=found.kind, height_ratio=height_ratio, stands=stands)
        )

    def keep(self, content: bytes, stands: PictureStands) -> Kept:
        """Keep a picture in place of the one before. Raises PictureError, OSError."""
        found = recognised(content)
        self.move(stands)
        _write(self._file(found.kind), content)
        self._file(SVG if found.kind == PNG else PNG).unlink(missing_ok=True)
        kept = self._kept(content)
        assert kept is not None, "it was recognised a moment ago"
        return kept

    def move(self, stands: PictureStands) -> None:
        """Keep where the picture lies. Raises OSError."""
        _write(self._file("json"), msgspec.json.encode(stands))

    def remove(self) -> None:
        """Keep none any more. Raises OSError."""
        for kind in (PNG, SVG, "json"):
            self._file(kind).unlink(missing_ok=True)

    def _file(self, kind: str) -> Path:
        return self._folder / f"{STEM}.{kind}"


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_bytes(content)
    beside.replace(file)
