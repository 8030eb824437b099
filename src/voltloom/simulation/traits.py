"""What a sessions file does not tell of a car, drawn by the scenario's seed: phases, obedience, tier, what is known.

Each trait of each session is drawn from a hash of seed, session and trait, so that the same session has the same traits
whatever else is in the file and in whichever process it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from pydantic import Field

from voltloom.site.mistakes import Table
from voltloom.units import MINIMUM_PILOT_A


class VehiclesTable(Table):
    """How cars behave, and which share of them is special.

    fixed_share: cannot follow a changing limit. one_phase_share: use one phase of several. unknown_phases_share: do not
    tell which. tells_maximum: the handshake tells the most a car takes. known_soc_share: tell their state of charge.
    discharges_share: can feed back, and their drivers let them, down to floor_ratio of their batteries; they tell their state
    of charge. tier_shares: of tier 0, 1, 2, … .
    """

    reaction_s: float = Field(default=0.0, ge=0)
    draw_ratio: float = Field(default=1.0, gt=0, le=1)
    min_a: float = Field(default=MINIMUM_PILOT_A, ge=0)
    tells_maximum: bool = True
    fixed_share: float = Field(default=0.0, ge=0, le=1)
    one_phase_share: float = Field(default=0.0, ge=0, le=1)
    unknown_phases_share: float = Field(default=0.0, ge=0, le=1)
    known_soc_share: float = Field(default=0.0, ge=0, le=1)
    discharges_share: float = Field(default=0.0, ge=0, le=1)
    floor_ratio: float = Field(default=0.5, ge=0, le=1)
    tier_shares: list[float] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The traits of one car."""

    is_dynamic: bool
    uses_all_phases: bool
    phases_known: bool
    soc_known: bool
    discharges: bool
    tier: int


def traits_of(session_id: str, seed: int, vehicles: VehiclesTable) -> Traits:
    """Return the traits of one session's car, always the same for the same seed."""

    def drawn(trait: str) -> float:
        digest = blake2b(f"{seed}/{trait}/{session_id}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2.0**64

    discharges = drawn("discharges") < vehicles.discharges_share
    tier, below, draw = 0, 0.0, drawn("tier")
    for number, share in enumerate(vehicles.tier_shares):
        if draw >= below:
            tier = number
        below += share
    return Traits(
        is_dynamic=drawn("fixed") >= vehicles.fixed_share,
        uses_all_phases=drawn("one_phase") >= vehicles.one_phase_share,
        phases_known=drawn("unknown_phases") >= vehicles.unknown_phases_share,
        soc_known=discharges or drawn("known_soc") < vehicles.known_soc_share,
        discharges=discharges,
        tier=tier,
    )
