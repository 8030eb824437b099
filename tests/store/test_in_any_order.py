"""Whatever is appended, told again, closed and opened in whatever order: the journal holds each key once, in its place."""

import asyncio
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.day import contents
from tests.store.journals import appended, entry
from voltloom.store.chain import first_head, followed
from voltloom.store.entry import Entry, Outcome, Receipt
from voltloom.store.journal import GroupCommit, Journal, open_journal
from voltloom.store.memory import MemoryLedger
from voltloom.store.projecting import catch_up, rebuild
from voltloom.store.verifying import verify

keys = st.sampled_from([f"k{n}" for n in range(12)])
values = st.integers(0, 2)


class JournalInAnyOrder(RuleBasedStateMachine):
    """The journal on disk beside a dictionary and beside the journal in memory."""

    @initialize(batch=st.integers(1, 5), waiting=st.integers(1, 6))
    def start(self, batch: int, waiting: int) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "site.db"
        self._settings = GroupCommit(max_batch_count=batch, max_waiting_count=waiting)
        self._loop = asyncio.new_event_loop()
        self._first: dict[str, Entry] = {}
        self._order: list[str] = []
        self._in_memory = MemoryLedger("yard")
        self._open()

    def _open(self) -> None:
        opening = open_journal(self._path, node="yard", settings=self._settings)
        self._journal: Journal = self._loop.run_until_complete(opening)

    def _expected(self, one: Entry) -> Receipt:
        if one.key not in self._first:
            self._first[one.key] = one
            self._order.append(one.key)
            return Receipt(len(self._order), Outcome.KEPT)
        is_same = self._first[one.key].payload == one.payload
        outcome = Outcome.KNOWN if is_same else Outcome.CONFLICTING
        return Receipt(self._order.index(one.key) + 1, outcome)

    @rule(told=st.lists(st.tuples(keys, values), min_size=1, max_size=8))
    def append(self, told: list[tuple[str, int]]) -> None:
        entries = [entry(key, value) for key, value in told]

        receipts = self._loop.run_until_complete(appended(self._journal, entries))

        assert sorted(r.seq for r in receipts if r.outcome is Outcome.KEPT) == list(
            range(
                len(self._order) + 1, len(self._order) + 1 + len({e.key for e in entries} - set(self._order))
            )
        )
        assert receipts == [self._expected(one) for one in entries]
        assert tuple(receipts) == self._in_memory.commit(entries)

    @rule(told=st.lists(st.tuples(keys, values), min_size=1, max_size=4))
    def append_together(self, told: list[tuple[str, int]]) -> None:
        entries = [entry(key, value) for key, value in told]

        receipts = self._loop.run_until_complete(self._journal.append_together(entries))

        assert receipts == tuple(self._expected(one) for one in entries)
        self._in_memory.commit(entries)

    @rule()
    def close_and_open_again(self) -> None:
        self._loop.run_until_complete(self._journal.close())
        self._open()

    @rule(page=st.integers(1, 5))
    def read_models_follow(self, page: int) -> None:
        assert self._loop.run_until_complete(catch_up(self._journal, page_count=page)) == len(self._order)
        before = self._loop.run_until_complete(self._journal.run(contents))
        self._loop.run_until_complete(rebuild(self._journal))
        assert self._loop.run_until_complete(self._journal.run(contents)) == before

    @rule()
    def verify_beside_the_writer(self) -> None:
        assert verify(self._path).problems == ()

    @invariant()
    def each_key_stands_once_in_its_place(self) -> None:
        rows = self._loop.run_until_complete(self._journal.rows_after(0, 1000))
        assert [row.key for row in rows] == self._order
        assert rows == self._in_memory.rows_after(0, 1000)
        assert followed(first_head("yard"), rows) == self._in_memory.head

    def teardown(self) -> None:
        self._loop.run_until_complete(self._journal.close())
        self._in_memory.close()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        self._folder.cleanup()


JournalInAnyOrder.TestCase.settings = settings(max_examples=12, stateful_step_count=15)
TestJournalInAnyOrder = JournalInAnyOrder.TestCase
