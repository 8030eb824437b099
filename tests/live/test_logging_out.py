"""The server's log: what it says, what it hides, and that its reader may stop without stopping anybody."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from tests.live.demo import plan_file, station
from voltloom.live.logging_out import MESSAGE_CHARS, QueuedHandler, formatter, logged

LOG = logging.getLogger("voltloom.live")


def written(speak: Callable[[], None], *, as_json: bool) -> str:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, encoding="utf-8") as reader, os.fdopen(write_end, "wb", buffering=0) as writer:
        with logged(writer.fileno(), as_json=as_json):
            speak()
        writer.close()
        return reader.read()


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_one_object_with_time_level_and_what_was_bound() -> None:
    def speak() -> None:
        with bound_contextvars(station="CP1"):
            LOG.warning("%s: %s", "CP1", "odd", extra={"action": "Heartbeat"})

    (line,) = objects(written(speak, as_json=True))

    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {
        "level": "warning",
        "logger": "voltloom.live",
        "message": "CP1: odd",
        "station": "CP1",
        "action": "Heartbeat",
    }


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2hunter2",
        "refused Basic hunter2hunter2",
        "AuthorizationKey password=hunter2hunter2",
        '{"idTag": "hunter2hunter2", "connectorId": 1}',
        "secret: hunter2hunter2",
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_and_no_token_is_written(text: str, as_json: bool) -> None:
    def fail() -> None:
        try:
            raise ValueError(text)
        except ValueError:
            LOG.exception("it failed")

    assert "***" in written(lambda: LOG.info(text), as_json=as_json)
    assert "hunter2" not in written(lambda: LOG.info(text), as_json=as_json)
    assert "hunter2" not in written(fail, as_json=as_json)


@given(text=st.text(max_size=200))
def test_whatever_a_station_sends_stays_on_its_own_line(text: str) -> None:
    record = logging.LogRecord("voltloom.live", logging.INFO, "", 0, "%s: said", (text,), None)

    line = formatter(as_json=False).format(record)

    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert len(formatter(as_json=True).format(record).splitlines()) == 1


def test_a_very_long_text_is_cut_and_says_so() -> None:
    line = objects(written(lambda: LOG.info("x" * 100_000), as_json=True))[0]["message"]

    assert len(line) < MESSAGE_CHARS + 40
    assert line.endswith("(100000 characters)")


def test_a_bug_is_written_with_where_it_was_and_without_values() -> None:
    def fail() -> None:
        hidden_value = "never shown"
        try:
            raise KeyError(len(hidden_value))
        except KeyError:
            LOG.exception("%s: %s", "CP1", "StartTransaction")

    text = written(fail, as_json=False)

    assert "ERROR" in text
    assert "KeyError: 11" in text
    assert "  Traceback" in text
    assert "never shown" not in text.replace('hidden_value = "never shown"', "")


def test_words_that_do_not_fit_their_values_stop_nobody() -> None:
    wrong = ("%d of %d", "one")

    (line,) = objects(written(lambda: LOG.info(*wrong), as_json=True))

    assert line["level"] == "error"
    assert "could not be written" in line["message"]


def test_a_reader_that_stops_stops_nobody_and_is_told_what_it_missed() -> None:
    read_end, write_end = os.pipe()
    handler = QueuedHandler(write_end, kept_count=10)
    handler.setFormatter(formatter(as_json=True))
    all_logged = threading.Event()

    def flood() -> None:
        for number in range(3000):  # a pipe holds some hundred of them
            handler.emit(logging.LogRecord("voltloom.live", logging.INFO, "", 0, "line %d", (number,), None))
        all_logged.set()

    threading.Thread(target=flood, daemon=True).start()
    assert all_logged.wait(30.0), "logging waited for its reader"

    def end() -> None:
        handler.close()
        os.close(write_end)

    closing = threading.Thread(target=end)
    closing.start()
    with os.fdopen(read_end, encoding="utf-8") as reader:
        lines = objects(reader.read())
    closing.join()
    told = [int(found[1]) for line in lines if (found := re.match(r"(\d+) lines .* lost", line["message"]))]

    assert sum(told) > 0
    assert len(lines) - len(told) + sum(told) == 3000


def test_a_run_writes_json_that_names_the_station(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voltloom", "run", str(plan_file(tmp_path)), "--log-json"]
    log = tmp_path / "log"
    with (
        log.open("wb") as told,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True) as served,
    ):
        assert served.stdout is not None
        port = int(served.stdout.readline().partition("/ocpp")[0].rpartition(":")[2])

        async def visit() -> None:
            await (await station(port, "CP1")).leave()

        asyncio.run(visit())
        served.send_signal(signal.SIGTERM)
        served.communicate(timeout=60)

    lines = objects(log.read_text(encoding="utf-8"))

    assert served.returncode == 0
    assert {line["station"] for line in lines if line["message"].startswith("closed ")} == {"CP1"}
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
