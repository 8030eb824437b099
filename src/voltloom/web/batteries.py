"""The site's stationary batteries as they are now: what they do, what they were told, and why."""

from __future__ import annotations

import math

import numpy as np

from voltloom.live.running import LiveSite
from voltloom.web.models import BatteryOut


def batteries_view(site: LiveSite) -> list[BatteryOut]:
    """Return every battery as the newest decision found it, none before the first."""
    memory = site.loop.memory.storage
    decisions = [decision.storage for decision in site.loop.logbook.decisions]
    decision = decisions[-1] if decisions else None
    if memory is None or decision is None:
        return []
    every = decision._replace(sent=np.ones(decision.sent.size, dtype=np.bool_))
    now_s, silent_s = site.clock.now_s(), site.config.settings.safety.silent_s
    found = []
    for battery, setpoint in enumerate(every.setpoints()):
        age_s = now_s - memory.sampled_s.item(battery)
        is_known = math.isfinite(age_s)
        found.append(
            BatteryOut(
                battery=setpoint.battery_id,
                power_w=memory.power_w.item(battery) if is_known else None,
                soc_ratio=memory.soc_ratio.item(battery) if is_known else None,
                age_s=round(age_s, 1) if is_known else None,
                setpoint_w=round(setpoint.after_w, 1),
                cause=setpoint.cause.name.lower(),
                sentence=setpoint.sentence(),
                is_silent=not age_s < silent_s,
            )
        )
    return found
