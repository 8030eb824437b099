"""Which batteries an operator must hear of: those that tell nothing, and those that do more than they were told."""

from __future__ import annotations

import numpy as np

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.storage.memory import StorageMemory
from voltloom.controller.storage.sensing import StorageSensed
from voltloom.safety.settings import SafetySettings
from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.site.network import Bools
from voltloom.site.storage import StorageNetwork
from voltloom.units import kw_from_w, span_words


def battery_alarms(
    memory: ControllerMemory,
    found: StorageSensed | None,
    storage: StorageNetwork | None,
    settings: SafetySettings,
    now_s: float,
) -> tuple[Alarm, ...]:
    """Return the alarms of a cycle: whose silence, or disobedience, came of age since the cycle before. memory: before it."""
    before = memory.storage
    if before is None or found is None or storage is None:
        return ()
    told = []
    was_silent = _is_silent(before, memory.started_s, settings, memory.decided_s)
    for battery in np.flatnonzero(_is_silent(before, memory.started_s, settings, now_s) & ~was_silent):
        heard_s = before.heard_s.item(battery)
        detail = f"for {span_words(now_s - heard_s)}" if np.isfinite(heard_s) else "since the start"
        name = storage.ids[battery]
        told.append(raised(AlarmKind.BATTERY_SILENT, time_s=now_s, source=name, detail=detail))
    did_disobey = memory.decided_s - before.over_s >= settings.confirm_s
    disobeys = now_s - found.memory.over_s >= settings.confirm_s
    for battery in np.flatnonzero(disobeys & ~did_disobey):
        held_w = (before.charge.limit_a - before.discharge.limit_a)[battery] * storage.w_per_a[battery]
        flows_kw, held_kw = kw_from_w(before.power_w.item(battery)), kw_from_w(float(held_w))
        detail = f"{flows_kw:.1f} kW, {held_kw:.1f} kW told, charging positive"
        name = storage.ids[battery]
        told.append(raised(AlarmKind.BATTERY_DISOBEYS, time_s=now_s, source=name, detail=detail))
    return tuple(told)


def troubled(
    memory: ControllerMemory,
    found: StorageSensed | None,
    storage: StorageNetwork | None,
    settings: SafetySettings,
    now_s: float,
) -> frozenset[tuple[AlarmKind, str]]:
    """Return what is wrong with which battery now, as `battery_alarms` tells it. memory: before the cycle."""
    if memory.storage is None or found is None or storage is None:
        return frozenset()
    kinds = {
        AlarmKind.BATTERY_SILENT: _is_silent(memory.storage, memory.started_s, settings, now_s),
        AlarmKind.BATTERY_DISOBEYS: now_s - found.memory.over_s >= settings.confirm_s,
    }
    return frozenset((kind, storage.ids[at]) for kind, is_so in kinds.items() for at in np.flatnonzero(is_so))


def _is_silent(memory: StorageMemory, started_s: float, settings: SafetySettings, now_s: float) -> Bools:
    silent: Bools = now_s - np.maximum(memory.heard_s, started_s) >= settings.silent_s
    return silent
