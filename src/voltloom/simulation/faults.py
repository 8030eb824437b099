"""What goes wrong, when, where and how badly: descriptions of faults, drawn into windows by a seed.

A scenario describes faults (`FaultSpec`); `draw` turns them into a `FaultSchedule` of exact windows. Every fault draws from
a stream of its own, named by the seed and its own description, so that adding one fault does not move the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from voltloom.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    from voltloom.site.network import Network
    from voltloom.site.topology import Site

ANY: Final = "any"  # one EVSE (or circuit), drawn
ALL: Final = "all"


class FaultKind(Enum):
    """What can go wrong. In brackets: what `magnitude_ratio` and `delay_s` mean for it."""

    STATION_OFFLINE = "station_offline"  # no word to or from it; it keeps its lease, then its offline limit
    STATION_IGNORES_LIMIT = "station_ignores_limit"  # acknowledges new limits and stays at the old one
    STATION_FAULT = "station_fault"  # reports itself broken and waits to be stopped
    STATION_BOOTS = "station_boots"  # restarts once, at the start of the window
    STATION_CLOCK_SKEWED = (
        "station_clock_skewed"  # (delay_s: how far it is ahead); only virtual stations have a clock
    )
    VEHICLE_FLAPPING = "vehicle_flapping"  # asks for nothing and for all in turn (delay_s: half a period)
    VEHICLE_IGNORES_LIMIT = "vehicle_ignores_limit"  # draws its most whenever it is offered anything
    VEHICLE_NEVER_WAKES = "vehicle_never_wakes"  # once paused inside the window it never draws again
    METER_FROZEN = "meter_frozen"
    METER_DRIFTING = "meter_drifting"  # (magnitude_ratio: gain per hour, -0.2 reads 20 % less after an hour)
    METER_SCALED = "meter_scaled"  # (magnitude_ratio: 1.2 reads 20 % more)
    METER_SIGN_FLIPPED = "meter_sign_flipped"
    METER_NOISY = "meter_noisy"  # (magnitude_ratio: standard deviation)
    METER_DELAYED = "meter_delayed"  # (delay_s: how old its samples are)
    MESSAGE_LOSS = "message_loss"  # (magnitude_ratio: share of messages)
    MESSAGE_DELAY = "message_delay"  # (delay_s and jitter_s)
    MESSAGE_DUPLICATE = (
        "message_duplicate"  # (magnitude_ratio: share; jitter_s: how much later the copy comes)
    )
    MESSAGE_REORDER = (
        "message_reorder"  # (magnitude_ratio: share that is overtaken; jitter_s: by up to how much)
    )
    OPTIMISER_HANGING = "optimiser_hanging"  # the architecture gives no answer in time
    CONTROLLER_CRASH = "controller_crash"  # nothing is decided; then it restarts
    POWER_CUT = "power_cut"  # everything is off; then everything starts at once
    GRID_LIMIT_CUT = "grid_limit_cut"  # other load takes all but magnitude_ratio of the targeted circuits
    PV_COLLAPSES = "pv_collapses"  # PV falls at once to magnitude_ratio of itself, clouds or its inverters
    BATTERY_OFFLINE = (
        "battery_offline"  # no word to or from the site's batteries; they keep their lease, then rest
    )
    BATTERY_IGNORES_POWER = "battery_ignores_power"  # acknowledge a new power and stay at the old one
    BATTERY_TRIPS = "battery_trips"  # give and take nothing at once


class Meter(Enum):
    """Which meters a fault of a meter hits."""

    EVSE = "evse"
    CIRCUIT = "circuit"


class Direction(Enum):
    """Which way the messages go that a fault hits: up to the controller, down to the stations."""

    BOTH = "both"
    UP = "up"
    DOWN = "down"


class Restart(Enum):
    """What a controller knows when it comes back."""

    SAVED = "saved"  # what it had written last
    NOTHING = "nothing"


METER_KINDS: Final = frozenset(k for k in FaultKind if k.value.startswith("meter_"))
MESSAGE_KINDS: Final = frozenset(k for k in FaultKind if k.value.startswith("message_"))
FED_KINDS: Final = frozenset(  # of PV and batteries: nothing happens at a site that has none
    (
        *(FaultKind.PV_COLLAPSES, FaultKind.BATTERY_OFFLINE),
        *(FaultKind.BATTERY_IGNORES_POWER, FaultKind.BATTERY_TRIPS),
    )
)
SITE_KINDS: Final = FED_KINDS | {
    *(FaultKind.OPTIMISER_HANGING, FaultKind.CONTROLLER_CRASH, FaultKind.POWER_CUT)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpec:
    """A fault as a scenario describes it; times are seconds after the scenario's start.

    It begins at start_s, or anywhere in the spread_s after it, and lasts length_s. target: EVSE ids and circuit ids
    (every EVSE under it, or its meters), "any" for one that is drawn, "all". share_ratio: the part of the targets
    that is hit, at least one. probability: whether it happens at all; count: how often, each drawn for itself.
    """

    kind: FaultKind
    start_s: float = 0.0
    spread_s: float = 0.0
    length_s: float = math.inf
    target: tuple[str, ...] = (ALL,)
    share_ratio: float = 1.0
    probability: float = 1.0
    count: int = 1
    magnitude_ratio: float = 1.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    meter: Meter = Meter.EVSE
    direction: Direction = Direction.BOTH
    restart: Restart = Restart.SAVED


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultWindow:
    """One fault that happens: what, from when to when (Unix seconds), and which EVSEs and rows of the network it hits.

    stream: entropy for the chance inside the fault (which message is lost).
    """

    spec: FaultSpec
    start_s: float
    end_s: float
    evses: tuple[int, ...]
    rows: tuple[int, ...]
    stream: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSchedule:
    """Every fault of one run, by start."""

    windows: tuple[FaultWindow, ...] = ()


def draw(  # everything a fault may depend on, and nothing else
    specs: Sequence[FaultSpec], *, seed: int, site: Site, network: Network, start_s: float, end_s: float
) -> FaultSchedule:
    """Return the windows that a seed makes of the descriptions.

    Raises KeyError naming a target that is neither an EVSE nor a circuit of the site.
    """
    windows: list[FaultWindow] = []
    for number, spec in enumerate(specs):
        twins = sum(1 for other in specs[:number] if other == spec)
        for occurrence in range(spec.count):
            stream = _stream(seed, spec, twins * 1_000_000 + occurrence)
            rng = np.random.default_rng(stream)
            begins_s = start_s + spec.start_s + rng.random() * spec.spread_s
            if rng.random() >= spec.probability or begins_s >= end_s:
                continue
            evses, rows = _targets(spec, site, network, rng)
            windows.append(
                FaultWindow(
                    spec=spec,
                    start_s=begins_s,
                    end_s=min(begins_s + spec.length_s, end_s),
                    evses=evses,
                    rows=rows,
                    stream=stream,
                )
            )
    return FaultSchedule(windows=tuple(sorted(windows, key=lambda w: (w.start_s, w.end_s, w.stream))))


def _stream(seed: int, spec: FaultSpec, occurrence: int) -> int:
    """Return the seed of one occurrence's own stream; it depends on the description, not on its place in a list."""
    text = f"{seed}|{occurrence}|{spec!r}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def _targets(
    spec: FaultSpec, site: Site, network: Network, rng: np.random.Generator
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the EVSE columns and the rows that are hit."""
    if spec.kind in SITE_KINDS:
        return tuple(range(len(network.evse_ids))), ()
    if spec.kind is FaultKind.GRID_LIMIT_CUT or (spec.kind in METER_KINDS and spec.meter is Meter.CIRCUIT):
        circuits = tuple(dict.fromkeys(network.row_circuit))
        hit = set(_some([c for name in spec.target for c in _named(name, circuits, rng)], spec, rng))
        return (), tuple(row for row, circuit in enumerate(network.row_circuit) if circuit in hit)
    known = network.evse_ids
    under = _evses_under(site)
    found = [
        evse_id
        for name in spec.target
        for evse_id in (under[name] if name in under and name not in known else _named(name, known, rng))
    ]
    return tuple(sorted(network.index[evse_id] for evse_id in _some(found, spec, rng))), ()


def _named(name: str, known: Sequence[str], rng: np.random.Generator) -> Sequence[str]:
    if name == ALL:
        return known
    if name == ANY:
        return (known[int(rng.integers(len(known)))],)
    if name not in known:
        raise KeyError(
            f"fault target {name!r} is neither 'any', 'all', nor one of {', '.join(known[:8])} ..."
        )
    return (name,)


def _some(found: Iterable[str], spec: FaultSpec, rng: np.random.Generator) -> list[str]:
    """Return the share of the targets that is hit."""
    unique = list(dict.fromkeys(found))
    if spec.share_ratio >= 1.0 or not unique:
        return unique
    wanted = max(1, round(spec.share_ratio * len(unique)))
    return [unique[i] for i in sorted(rng.permutation(len(unique))[:wanted])]


def _evses_under(site: Site) -> dict[str, list[str]]:
    """Return the EVSEs under each circuit."""
    parent = {circuit.circuit_id: circuit.parent_id for circuit in site.circuits}
    under: dict[str, list[str]] = {circuit_id: [] for circuit_id in parent}
    for evse in site.evses:
        above = evse.circuit_id
        while above:
            under[above].append(evse.evse_id)
            above = parent[above]
    return under


# What may be mixed at random, each with a length and size to draw around.
_MIXABLE: Final = (
    FaultSpec(kind=FaultKind.STATION_OFFLINE, length_s=2400.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.STATION_OFFLINE, length_s=900.0, share_ratio=0.5),
    FaultSpec(kind=FaultKind.STATION_IGNORES_LIMIT, length_s=1800.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.STATION_FAULT, length_s=1200.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.STATION_BOOTS, length_s=60.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.VEHICLE_FLAPPING, length_s=1800.0, target=(ANY,), delay_s=45.0),
    FaultSpec(kind=FaultKind.VEHICLE_IGNORES_LIMIT, length_s=3600.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.VEHICLE_NEVER_WAKES, length_s=3600.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.METER_FROZEN, length_s=1800.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.METER_DRIFTING, length_s=3600.0, target=(ANY,), magnitude_ratio=-0.4),
    FaultSpec(kind=FaultKind.METER_SIGN_FLIPPED, length_s=1800.0, target=(ANY,)),
    FaultSpec(kind=FaultKind.METER_NOISY, length_s=3600.0, magnitude_ratio=0.03),
    FaultSpec(kind=FaultKind.METER_DELAYED, length_s=1800.0, delay_s=90.0),
    FaultSpec(kind=FaultKind.METER_FROZEN, length_s=1800.0, target=(ANY,), meter=Meter.CIRCUIT),
    FaultSpec(kind=FaultKind.METER_SIGN_FLIPPED, length_s=900.0, target=(ANY,), meter=Meter.CIRCUIT),
    FaultSpec(
        kind=FaultKind.METER_DRIFTING, length_s=3600.0, magnitude_ratio=-0.3, meter=Meter.CIRCUIT, target=(ANY,)
    ),
    FaultSpec(kind=FaultKind.METER_DELAYED, length_s=1800.0, delay_s=120.0, meter=Meter.CIRCUIT),
    FaultSpec(kind=FaultKind.MESSAGE_LOSS, length_s=1800.0, magnitude_ratio=0.3),
    FaultSpec(kind=FaultKind.MESSAGE_DELAY, length_s=1800.0, delay_s=5.0, jitter_s=40.0),
    FaultSpec(kind=FaultKind.MESSAGE_DUPLICATE, length_s=1800.0, magnitude_ratio=0.3, jitter_s=60.0),
    FaultSpec(kind=FaultKind.MESSAGE_REORDER, length_s=1800.0, magnitude_ratio=0.3, jitter_s=90.0),
    FaultSpec(kind=FaultKind.OPTIMISER_HANGING, length_s=900.0),
    FaultSpec(kind=FaultKind.CONTROLLER_CRASH, length_s=300.0),
    FaultSpec(kind=FaultKind.CONTROLLER_CRASH, length_s=600.0, restart=Restart.NOTHING),
    FaultSpec(kind=FaultKind.POWER_CUT, length_s=300.0),
    FaultSpec(kind=FaultKind.GRID_LIMIT_CUT, length_s=1800.0, magnitude_ratio=0.8, target=(ANY,)),
)  # fmt: skip

_CUTS: Final = ((FaultKind.GRID_LIMIT_CUT, Meter.EVSE),)
_BLINDING: Final = (
    (FaultKind.CONTROLLER_CRASH, Meter.EVSE),
    *((kind, Meter.CIRCUIT) for kind in sorted(METER_KINDS, key=lambda k: k.value)),
)


def mixed_faults(
    seed: int,
    intensity_ratio: float = 1.0,
    duration_s: float = 4 * SECONDS_PER_HOUR,
    *,
    metered: Sequence[str] = (ANY,),
) -> tuple[FaultSpec, ...]:
    """Return a random mix of faults for one stress run: about eight an hour at intensity 1, of every kind in turn.

    Every fourth mix has sudden other load beyond what was planned, and then neither broken circuit meters nor a dead
    controller; and that load only comes on one of the `metered` circuits. Nobody could know of it otherwise, and no
    rule could hold against it. For the same reason a mix with circuit meters that lie (`lies_about_circuits`) is only
    fair to a site whose building loads no circuit by more than its breaker bears for ever: a meter that hides less
    than the building draws contradicts nothing (docs/faults.md).
    """
    rng = np.random.default_rng([seed, 0x0FAB1E])
    with_cuts = bool(rng.integers(4) == 0) and len(metered) > 0
    pool = [base for base in _MIXABLE if (base.kind, base.meter) not in (_BLINDING if with_cuts else _CUTS)]
    number = max(1, int(rng.poisson(8.0 * intensity_ratio * duration_s / SECONDS_PER_HOUR)))
    mix = [_mixed(pool[int(rng.integers(len(pool)))], rng, duration_s) for _ in range(number)]
    return tuple(
        replace(spec, target=(metered[int(rng.integers(len(metered)))],))
        if spec.kind is FaultKind.GRID_LIMIT_CUT
        else spec
        for spec in mix
    )


def lies_about_circuits(specs: Iterable[FaultSpec]) -> bool:
    """Return whether a circuit's meter may tell less than what flows."""
    lying = (FaultKind.METER_DRIFTING, FaultKind.METER_FROZEN, FaultKind.METER_SCALED)
    return any(spec.meter is Meter.CIRCUIT and spec.kind in lying for spec in specs)


def _mixed(base: FaultSpec, rng: np.random.Generator, duration_s: float) -> FaultSpec:
    """Return one of the mixable faults with its start, length and size drawn."""
    return replace(
        base,
        start_s=float(rng.random() * duration_s),
        length_s=float(base.length_s * rng.uniform(0.2, 1.5)),
        delay_s=float(base.delay_s * rng.uniform(0.5, 1.5)),
        jitter_s=float(base.jitter_s * rng.uniform(0.2, 1.5)),
        direction=(Direction.BOTH, Direction.UP, Direction.DOWN)[int(rng.integers(3))],
    )
