"""What a station holds by the profiles it accepted, as the standard composes them: an independent reading of it.

OCPP 1.6 section 3.13.2 and 3.13.3, OCPP 2.x K01: the highest level that is valid now counts of each purpose, a
transaction profile stands in for the default, the station's maximum lowers either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PURPOSES = {
    "TxProfile": "transaction",
    "TxDefaultProfile": "default",
    "ChargePointMaxProfile": "most",
    "ChargingStationMaxProfile": "most",
}


@dataclass(slots=True, kw_only=True)
class Profile:
    """A profile in the words of all versions. periods: (start, limit); end_s: inf for none."""

    identity: int
    number: int
    purpose: str
    level: int
    unit: str
    kind: str
    start_s: float
    end_s: float
    periods: list[tuple[float, float]]
    transaction_id: str
    phases: int | None

    def limit_at(self, time_s: float) -> float | None:
        """Return the limit that is in force then, None where it is not valid."""
        if not self.start_s <= time_s < self.end_s:
            return None
        told = [limit for start_s, limit in self.periods if self.start_s + start_s <= time_s]
        return told[-1] if told else None


def profile_of(number: int, told: dict[str, Any]) -> Profile:
    """Return a profile of any version, as the `ocpp` package hands it over."""
    schedules = told["charging_schedule"]
    schedule = schedules if isinstance(schedules, dict) else schedules[0]
    begins = schedule.get("start_schedule")
    start_s = -math.inf if begins is None else _seconds(begins)
    end_s = start_s + schedule["duration"] if "duration" in schedule else math.inf
    if "valid_to" in told:
        end_s = min(end_s, _seconds(told["valid_to"]))
    periods = [(float(p["start_period"]), float(p["limit"])) for p in schedule["charging_schedule_period"]]
    return Profile(
        identity=told.get("charging_profile_id", told.get("id", 0)),
        number=number,
        purpose=PURPOSES[told["charging_profile_purpose"]],
        level=told["stack_level"],
        unit=schedule["charging_rate_unit"],
        kind=told["charging_profile_kind"],
        start_s=start_s,
        end_s=end_s,
        periods=periods if begins is not None else [(0.0, limit) for _, limit in periods],
        transaction_id=str(told.get("transaction_id", "")),
        phases=schedule["charging_schedule_period"][0].get("number_phases"),
    )


@dataclass(slots=True, kw_only=True)
class Composite:
    """One outlet. most_a: what it delivers without any profile; w_per_a: of one in watts."""

    most_a: float
    w_per_a: float = 690.0
    transaction_id: str = ""
    profiles: list[Profile] = field(default_factory=list)

    def take(self, profile: Profile) -> None:
        """Accept a profile: it replaces the one with its id, or of its purpose and level."""
        self.profiles = [
            other
            for other in self.profiles
            if other.identity != profile.identity
            and (other.purpose, other.level, other.number) != (profile.purpose, profile.level, profile.number)
        ]
        self.profiles.append(profile)

    def limit_a(self, time_s: float) -> float:
        """Return the limit in force by the station's clock."""
        most, default = self._of("most", time_s), self._of("default", time_s)
        transaction = self._of("transaction", time_s) if self.transaction_id else None
        base = transaction if transaction is not None else default
        return min(x for x in (self.most_a, base, most) if x is not None)

    def _of(self, purpose: str, time_s: float) -> float | None:
        found = [
            (profile.level, limit / (1.0 if profile.unit == "A" else self.w_per_a))
            for profile in self.profiles
            if profile.purpose == purpose
            and (not profile.transaction_id or profile.transaction_id == self.transaction_id)
            and (limit := profile.limit_at(time_s)) is not None
        ]
        return max(found)[1] if found else None


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
