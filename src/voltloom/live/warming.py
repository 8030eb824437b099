"""What a process does before it listens, so that no station waits for it later."""

from __future__ import annotations

import gc
import sys
from typing import Final

import numpy as np

from voltloom.controller.site_controller import SiteController
from voltloom.session.events import (
    CapabilityReported,
    Event,
    EvseReadings,
    LimitsAcknowledged,
    NeedStated,
    PluggedIn,
    TokenKind,
    TokenPresented,
)
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

SWITCH_S: Final = 0.001


def warm(
    controller: SiteController, architecture: str, now_s: float, period_s: float, discharge_a: Floats
) -> None:
    """Run cycles with a made-up vehicle on a memory that is thrown away, so that everything is compiled.

    discharge_a: (n,) of the outlets; where one feeds back, so does the vehicle.
    """
    memory, evse = controller.start(now_s, architecture), int(discharge_a.argmax())
    feeds_back = bool(discharge_a[evse] > 0.0)
    for step in range(4 if feeds_back else 3):
        at_s = now_s + step * period_s
        reading = EvseReadings(
            time_s=at_s,
            evses=np.array([evse], dtype=np.int64),
            sampled_s=np.array([at_s]),
            current_a=np.array([0.0]),
            energy_wh=np.array([0.0]),
            exported_wh=np.array([0.0]) if feeds_back else None,
        )
        events: list[Event] = [reading] if step else [reading, reading]  # alone, and with others
        if step == 1:
            events.append(PluggedIn(time_s=at_s, evse=evse, session_id="warm"))
            events.append(TokenPresented(time_s=at_s, evse=evse, id_token="", kind=TokenKind.FREE_VEND))
        if step == 2 and feeds_back:
            events += _consent(evse, at_s)
        memory, _ = controller.observe(memory, tuple(events))
        serial = np.array([memory.next_serial - 1], dtype=np.int64)
        told = LimitsAcknowledged(time_s=at_s, evses=np.array([evse], dtype=np.int64), serial=serial)
        memory, _ = controller.observe(memory, (told,))
        memory, _, _ = controller.decide(memory, at_s)


def _consent(evse: int, at_s: float) -> tuple[Event, ...]:
    """Return a vehicle that may feed back, half full, for an hour: its plan is another problem than one that only charges."""
    capability = CapabilityReported(
        time_s=at_s,
        evse=evse,
        is_dynamic=True,
        uses_all_phases=True,
        min_a=6.0,  # IEC 61851-1
        max_a=16.0,
        discharges=True,
    )
    need = NeedStated(
        time_s=at_s,
        evse=evse,
        energy_wh=1000.0,
        departure_s=at_s + SECONDS_PER_HOUR,
        soc_ratio=0.5,
        floor_ratio=0.2,
        battery_wh=50_000.0,
    )
    return capability, need


def settle() -> None:
    """Fit the interpreter to a process that answers stations while threads decide and write.

    What is loaded is out of the garbage collector's sight: libraries are a million objects that stay, and walking through
    them stops a large site for a third of a second every so often. Threads give way after a millisecond, not after five.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
