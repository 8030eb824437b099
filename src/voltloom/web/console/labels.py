"""What people call their stations: a word of their own beside the identity, kept in the journal."""

from __future__ import annotations

from typing import Final

import msgspec

from voltloom.live.gateway.credentials import drawn_token
from voltloom.live.running import LiveSite
from voltloom.store.entry import Entry
from voltloom.store.journal_rows import newest_rows_of

LABELLED_KIND: Final = "station_labelled"
ROWS_COUNT: Final = 10_000  # that are looked at for the newest word about each station


class StationLabelled(msgspec.Struct, frozen=True, kw_only=True):
    """A station has a label from now on, "" for none."""

    station_id: str
    label: str


class Labels:
    """The labels of one site, read from its journal when they are first asked for."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._labels: dict[str, str] | None = None
        self._run_id, self._count = drawn_token(), 0

    async def all(self) -> dict[str, str]:
        """Return every label by station."""
        if self._labels is None:
            node = self._site.config.node
            rows = await self._site.journal.run(lambda c: newest_rows_of(c, node, LABELLED_KIND, ROWS_COUNT))
            told = [msgspec.json.decode(row.payload, type=StationLabelled) for row in reversed(rows)]
            if self._labels is None:  # nobody was quicker
                self._labels = {one.station_id: one.label for one in told}
        return self._labels

    async def put(self, station_id: str, label: str) -> None:
        """Keep a label. Raises StoreError; then nothing is changed."""
        labels = await self.all()
        self._count += 1
        key = f"{station_id}/{LABELLED_KIND}/{self._run_id}/{self._count}"
        told = StationLabelled(station_id=station_id, label=label)
        at_ms = round(self._site.clock.now_s() * 1000.0)
        await self._site.journal.append(Entry(key, LABELLED_KIND, at_ms, msgspec.json.encode(told)))
        labels[station_id] = label
