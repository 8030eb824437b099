"""The file's prices into the journal: each tariff is written once, again only where the file says something else."""

from __future__ import annotations

from collections.abc import Sequence

from voltloom.live.config.tariffs import PricedFrom
from voltloom.site.tariff import Tariff
from voltloom.store.entry import JournalRow
from voltloom.store.journal import Journal
from voltloom.store.payloads import TariffSet, entry_of, payload_of


class PriceList:
    """The tariffs that the journal knows, by the moment from which each holds."""

    def __init__(self) -> None:
        self._known: dict[int, Tariff] = {}
        self._last_seq = 0

    def take(self, row: JournalRow) -> None:
        """Take in a row from before a restart."""
        self._last_seq = row.seq
        if row.kind == "tariff_set" and isinstance(told := payload_of(row), TariffSet):
            self._known[told.from_ms] = told.tariff

    async def write(self, journal: Journal, wanted: Sequence[PricedFrom], now_ms: int) -> int:
        """Write what must be written so that the journal says what the file says; return how many tariffs that were.

        wanted: by their beginning. Raises StoreError; then another try writes them.
        """
        changed = self.changed(wanted)
        entries = [
            entry_of(
                TariffSet(from_ms=from_ms, tariff=tariff),
                key=f"tariff/{from_ms}/{self._last_seq}/{now_ms}",
                at_ms=now_ms,
            )
            for from_ms, tariff in changed.items()
        ]
        if entries:
            await journal.append_together(entries)
            self._known.update(changed)
        return len(entries)

    def changed(self, wanted: Sequence[PricedFrom]) -> dict[int, Tariff]:
        """Return the tariffs that the journal does not have as the file says them, by their beginning.

        A moment at which the file no longer begins a tariff gets the one that the file has in force then. Where it has
        none, the old one stays: what was promised to drivers is not taken back silently.
        """
        says = {priced.from_ms: priced.tariff for priced in wanted}
        for from_ms in self._known.keys() - says.keys():
            before = [priced.tariff for priced in wanted if priced.from_ms < from_ms]
            if before:
                says[from_ms] = before[-1]
        return {
            from_ms: tariff for from_ms, tariff in sorted(says.items()) if self._known.get(from_ms) != tariff
        }
