"""What a process does before it listens, so that no station waits for it later."""

from __future__ import annotations

import gc
import sys
from typing import Final

import numpy as np

from voltloom.controller.site_controller import SiteController
from voltloom.session.events import (
    Event,
    EvseReadings,
    LimitsAcknowledged,
    PluggedIn,
    TokenKind,
    TokenPresented,
)

SWITCH_S: Final = 0.001


def warm(controller: SiteController, architecture: str, now_s: float, period_s: float) -> None:
    """Run cycles with a made-up vehicle on a memory that is thrown away, so that everything is compiled."""
    memory = controller.start(now_s, architecture)
    for step in range(3):
        at_s = now_s + step * period_s
        reading = EvseReadings(
            time_s=at_s,
            evses=np.array([0], dtype=np.int64),
            sampled_s=np.array([at_s]),
            current_a=np.array([0.0]),
            energy_wh=np.array([0.0]),
        )
        events: list[Event] = [reading] if step else [reading, reading]  # alone, and with others
        if step == 1:
            events.append(PluggedIn(time_s=at_s, evse=0, session_id="warm"))
            events.append(TokenPresented(time_s=at_s, evse=0, id_token="", kind=TokenKind.FREE_VEND))
        memory, _ = controller.observe(memory, tuple(events))
        serial = np.array([memory.next_serial - 1], dtype=np.int64)
        told = LimitsAcknowledged(time_s=at_s, evses=np.array([0], dtype=np.int64), serial=serial)
        memory, _ = controller.observe(memory, (told,))
        memory, _, _ = controller.decide(memory, at_s)


def settle() -> None:
    """Fit the interpreter to a process that answers stations while threads decide and write.

    What is loaded is out of the garbage collector's sight: libraries are a million objects that stay, and walking through
    them stops a large site for a third of a second every so often. Threads give way after a millisecond, not after five.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
