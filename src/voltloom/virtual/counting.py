"""What a fleet of virtual stations counted, for its summary."""

from __future__ import annotations

from collections import Counter


class Counts:
    """Sums over all stations; one is shared by the whole fleet."""

    def __init__(self) -> None:
        self.begun = self.finished = self.rejected = 0
        self.connects = self.drops = self.boots = 0
        self.limits = self.limits_refused = 0
        self.needs = self.needs_unmet = 0
        self.replayed = self.given_up = 0
        self.sent: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()

    def as_json(self) -> dict[str, object]:
        """Return everything by name."""
        return {
            "sessions_begun": self.begun,
            "sessions_finished": self.finished,
            "tokens_rejected": self.rejected,
            "connections": self.connects,
            "connections_lost": self.drops,
            "boots_accepted": self.boots,
            "limits_received": self.limits,
            "limits_refused": self.limits_refused,
            "charging_needs": self.needs,
            "charging_needs_without_schedule": self.needs_unmet,
            "messages_replayed": self.replayed,
            "messages_given_up": self.given_up,
            "calls_sent": dict(sorted(self.sent.items())),
            "calls_received": dict(sorted(self.heard.items())),
            "errors": dict(sorted(self.errors.items())),
        }
