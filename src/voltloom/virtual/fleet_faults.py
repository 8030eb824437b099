"""What goes wrong in a fleet: the simulation's faults, as words of the command line or tables of a file.

A fault of the command line is a kind and changes of it: `station_offline,start_s=600,length_s=900,target=CP003`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from voltloom.simulation.faults import ALL, ANY, FED_KINDS, FaultKind, FaultSpec, Meter
from voltloom.simulation.tables_from import made
from voltloom.site.mistakes import Mistake, did_you_mean, joined, shown

# The site's own, or what a stream of bytes cannot do.
_NOT_OURS: Final = FED_KINDS | {
    *(FaultKind.OPTIMISER_HANGING, FaultKind.CONTROLLER_CRASH, FaultKind.GRID_LIMIT_CUT),
    FaultKind.MESSAGE_REORDER,
}
KINDS: Final = tuple(sorted(kind.value for kind in FaultKind if kind not in _NOT_OURS))


def fault_tables(words: Iterable[str], mistakes: list[Mistake]) -> list[dict[str, object]]:
    """Return the faults of a command line as tables."""
    tables = []
    for number, word in enumerate(words):
        kind, *parts = [part.strip() for part in word.split(",")]
        table: dict[str, object] = {"kind": kind}
        for part in parts:
            key, equals, value = part.partition("=")
            if not equals:
                problem, remedy = f'"{part}" is no key=value', "Write such as start_s=600."
                mistakes.append(Mistake(path=f"--faults {number + 1}", value=shown(word), problem=problem, remedy=remedy))  # fmt: skip
                continue
            table[key.strip()] = [value] if key.strip() == "target" else _number(value)
        tables.append(table)
    return tables


def specs_of(
    tables: Sequence[Mapping[str, object]], outlets: Mapping[str, Sequence[str]], mistakes: list[Mistake]
) -> tuple[FaultSpec, ...]:
    """Return the faults. outlets: of each station, by its identity; a fault may name either."""
    known = {ALL, ANY, *outlets, *(evse for evses in outlets.values() for evse in evses)}
    found = []
    for number, table in enumerate(tables):
        where = joined("faults", [number])
        if table.get("kind") not in KINDS:
            remedy = did_you_mean(str(table.get("kind", "")), list(KINDS))
            problem = "is no fault of stations"
            mistakes.append(Mistake(path=joined(where, ["kind"]), value=shown(table.get("kind")), problem=problem, remedy=remedy))  # fmt: skip
            continue
        spec = made(FaultSpec, table, where, mistakes)
        if spec is None:
            continue
        if spec.meter is not Meter.EVSE:
            problem, remedy = "stations have no meters of circuits", "Leave it out."
            mistakes.append(Mistake(path=joined(where, ["meter"]), value="", problem=problem, remedy=remedy))
        strange = [target for target in spec.target if target not in known]
        for target in strange:
            path, remedy = joined(where, ["target"]), did_you_mean(target, sorted(known))
            problem = "is neither a station nor an outlet"
            mistakes.append(Mistake(path=path, value=shown(target), problem=problem, remedy=remedy))
        evses = tuple(evse for target in spec.target for evse in outlets.get(target, (target,)))
        found.append(replace(spec, target=evses))
    return tuple(found)


def _number(text: str) -> object:
    try:
        return float(text) if "." in text or not text.lstrip("-").isdigit() else int(text)
    except ValueError:
        return text
