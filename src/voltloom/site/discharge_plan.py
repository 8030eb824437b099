"""What must hold of a plan whose outlets can discharge: nowhere may current that is fed back add to what others draw."""

from __future__ import annotations

import math

from voltloom.site.mistakes import Mistake, joined
from voltloom.site.topology import PhasorLimit, Site

# Currents that lie this near to each other never add up to more when some of them are turned round: |c - d| <= max(|c|, |d|).
NEAREST_DEG = 60.0


def discharge_mistakes(site: Site, path: str) -> list[Mistake]:
    """Return a mistake for every phasor limit on which what is fed back could add to what others draw.

    A circuit's own rows are always fine: what meets one phase lies within 60 degrees, whatever the wiring.
    """
    return [
        Mistake(
            path=joined(path, ["phasor_limit", limit.limit_id]),
            value="",
            problem=(
                f"cannot be made safe: it adds currents of unlike angles, so what '{site.evses[feeding].evse_id}' feeds back "
                "may add to what others draw"
            ),
            remedy="Leave discharge_a out for the outlets of this limit.",
        )
        for limit in site.phasor_limits
        if (feeding := _feeding(site, limit)) >= 0 and _is_spread(site, limit)
    ]


def _feeding(site: Site, limit: PhasorLimit) -> int:
    """Return the first outlet of a limit that can discharge, -1 for none."""
    found = (
        number
        for number, evse in enumerate(site.evses)
        if evse.discharge_a > 0.0 and limit.coefficients[number] != 0.0
    )
    return next(found, -1)


def _is_spread(site: Site, limit: PhasorLimit) -> bool:
    angles_deg = [
        evse.angle_deg + (180.0 if factor < 0.0 else 0.0)
        for evse, factor in zip(site.evses, limit.coefficients, strict=True)
        if factor != 0.0
    ]
    nearest = math.cos(math.radians(NEAREST_DEG)) - 1e-9
    return any(math.cos(math.radians(a - b)) < nearest for a in angles_deg for b in angles_deg)
