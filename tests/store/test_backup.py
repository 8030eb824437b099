"""Back-ups of a journal in use, and restores that prove what they put in place."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.store.day import contents, many_visits
from tests.store.journals import appended, entry
from voltloom.store.backup import back_up, manifest_path, restore
from voltloom.store.errors import BackupError, ChainBrokenError, JournalUnreadableError
from voltloom.store.journal import open_journal
from voltloom.store.projecting import catch_up
from voltloom.store.sql_ledger import SqlLedger
from voltloom.store.verifying import verify


def written(folder: Path, visits: int = 6) -> Path:
    ledger = SqlLedger(folder / "site.db", "yard")
    ledger.commit(many_visits(visits))
    ledger.close()
    return folder / "site.db"


def test_what_was_restored_is_what_was_backed_up_and_goes_on(tmp_path: Path) -> None:
    path = written(tmp_path)

    made = back_up(path, tmp_path / "copy.db")
    restored = restore(tmp_path / "copy.db", tmp_path / "new.db")

    assert restored == made
    assert verify(tmp_path / "new.db") == verify(path)
    ledger = SqlLedger(tmp_path / "new.db", "yard")
    (receipt,) = ledger.commit([entry("after")])
    ledger.close()
    assert receipt.seq == made.nodes[0].seq + 1
    assert verify(tmp_path / "new.db", made.heads).problems == ()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *("copy.db", "copy.db.manifest.json", "new.db", "new.db.lock", "site.db", "site.db.lock"),
    ]


def test_a_journal_is_backed_up_while_it_is_written(tmp_path: Path) -> None:
    async def run() -> tuple[int, object, int]:
        async with await open_journal(tmp_path / "site.db", node="yard") as journal:
            await appended(journal, many_visits(12))
            await catch_up(journal)
            kept = await journal.run(contents)
            writing = asyncio.gather(*(journal.append(entry(f"k{n}")) for n in range(2000)))
            made = await asyncio.to_thread(back_up, tmp_path / "site.db", tmp_path / "copy.db")
            await writing
            return made.nodes[0].seq, kept, (await journal.head()).seq

    backed_up, kept, last = asyncio.run(run())

    restore(tmp_path / "copy.db", tmp_path / "new.db")
    ledger = SqlLedger(tmp_path / "new.db", "yard")
    assert last - 2000 <= backed_up <= last
    assert ledger.head.seq == backed_up
    assert ledger.run(contents) == kept
    ledger.close()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = written(tmp_path)
    back_up(path, tmp_path / "copy.db")
    before = path.read_bytes()

    with pytest.raises(BackupError, match=r"site\.db exists"):
        restore(tmp_path / "copy.db", path)
    with pytest.raises(BackupError, match=r"copy\.db exists"):
        back_up(path, tmp_path / "copy.db")
    (tmp_path / "new.db-wal").write_bytes(b"left over")
    with pytest.raises(BackupError, match=r"new\.db-wal exists"):
        restore(tmp_path / "copy.db", tmp_path / "new.db")

    assert path.read_bytes() == before
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("place", [20, 5_000, 20_000, -100])
def test_a_back_up_with_one_changed_byte_is_not_put_in_place(place: int, tmp_path: Path) -> None:
    back_up(written(tmp_path), tmp_path / "copy.db")
    damaged = bytearray((tmp_path / "copy.db").read_bytes())
    damaged[place] ^= 1
    (tmp_path / "copy.db").write_bytes(damaged)

    with pytest.raises(ChainBrokenError, match="bytes were changed"):
        restore(tmp_path / "copy.db", tmp_path / "new.db")

    assert not list(tmp_path.glob("new.db*"))


def test_a_back_up_with_another_manifest_is_not_put_in_place(tmp_path: Path) -> None:
    back_up(written(tmp_path), tmp_path / "copy.db")
    manifest = manifest_path(tmp_path / "copy.db")
    told = json.loads(manifest.read_text())

    told["nodes"][0]["chain_hash"] = "00" * 32
    manifest.write_text(json.dumps(told))
    with pytest.raises(ChainBrokenError, match="kept elsewhere"):
        restore(tmp_path / "copy.db", tmp_path / "new.db")
    manifest.write_text("{}")
    with pytest.raises(BackupError, match="is no manifest"):
        restore(tmp_path / "copy.db", tmp_path / "new.db")
    manifest.unlink()
    with pytest.raises(BackupError, match="needs its manifest"):
        restore(tmp_path / "copy.db", tmp_path / "new.db")


def test_a_broken_journal_is_not_backed_up(tmp_path: Path) -> None:
    path = written(tmp_path)
    ledger = SqlLedger(path, "yard")
    ledger.run(lambda c: c.exec_driver_sql("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 3"))
    ledger.close()

    with pytest.raises(ChainBrokenError, match="row 3 or its hash was changed"):
        back_up(path, tmp_path / "copy.db")
    with pytest.raises(JournalUnreadableError, match="cannot be read"):
        back_up(tmp_path / "absent.db", tmp_path / "copy.db")

    assert not list(tmp_path.glob("copy.db*"))
