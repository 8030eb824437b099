"""The server's log: a line for people or JSON for programs, written by a thread, so that a stuck reader stops nobody."""

from __future__ import annotations

import logging
import os
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

FIELDS: Final = ("station", "action", "key", "address", "happened")
KEPT_COUNT: Final = 10_000  # lines that may wait for a slow reader
MESSAGE_CHARS: Final = 4000  # a station can make us log what it sent
CLOSE_S: Final = 2.0
_SECRET_NAMES: Final = re.compile(r"secret|password|token|authorization|private", re.IGNORECASE)
_SECRET_TEXTS: Final = re.compile(
    r"(?i)\b(bearer|basic)\s+\S+|\b((?:auth\w*)?(?:password|secret|private_?key|id_?tag|id_?token))([\"']?\s*[=:]\s*[\"']?)[^\s\"',;}]+"
)


class QueuedHandler(logging.Handler):
    """Formats where something is logged, writes to a file descriptor elsewhere; lines without room are counted."""

    def __init__(self, descriptor: int, kept_count: int = KEPT_COUNT) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.Queue[str | None] = queue.Queue(kept_count)
        self._lost_count = 0
        self._thread = threading.Thread(target=self._write_all, name="voltloom-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue one line; never waits, never raises."""
        try:
            line = self.format(record)
        except Exception:  # whoever logs goes on, whatever is wrong with the words
            line = self.format(_record(logging.ERROR, f"a line of {record.name} could not be written"))
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._lost_count += 1

    def close(self) -> None:
        """Write what waits, for two seconds at most."""
        try:
            self._lines.put(None, timeout=CLOSE_S)
        except queue.Full:
            pass
        else:
            self._thread.join(CLOSE_S)
        super().close()

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            self._write(line)
            with self.lock or threading.RLock():
                lost_count, self._lost_count = self._lost_count, 0
            if lost_count:
                text = f"{lost_count} lines of this log are lost: its reader was too slow"
                self._write(self.format(_record(logging.WARNING, text)))

    def _write(self, line: str) -> None:
        left = f"{line}\n".encode("utf-8", "backslashreplace")
        try:
            while left:  # not through sys.stderr: its lock would keep the program from ending
                left = left[os.write(self._descriptor, left) :]
        except OSError:  # the reader is gone
            self._lost_count += 1


@contextmanager
def logged(descriptor: int, *, as_json: bool) -> Iterator[None]:
    """Write everything that is logged from INFO on to a file descriptor while the context lasts."""
    handler = QueuedHandler(descriptor)
    handler.setFormatter(formatter(as_json=as_json))
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # its steps say nothing to an operator
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        handler.close()


def formatter(*, as_json: bool) -> logging.Formatter:
    """Return what makes a line of a record: time, level, message, and the fields that were bound."""
    ends: list[Processor] = [structlog.processors.format_exc_info, masked]
    if as_json:
        ends += [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]
    else:
        ends += [plain]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends],
    )


def masked(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Return the fields without what opens a door: secrets by their name, and in texts by what stands before them."""
    for field, value in event.items():
        if _SECRET_NAMES.search(field):
            event[field] = "***"
        elif isinstance(value, str):
            event[field] = _SECRET_TEXTS.sub(_mask, value)
    text = event["event"]
    if len(text) > MESSAGE_CHARS:
        event["event"] = f"{text[:MESSAGE_CHARS]}… ({len(text)} characters)"
    return event


def plain(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """Return a line for people. Nothing a station sends can begin a line of its own or move the cursor."""
    text = _printable(event.pop("event"))
    time, level = event.pop("time"), event.pop("level").upper()
    event.pop("logger", None)
    trace = event.pop("exception", None)
    rest = [f"{field}={_printable(value)}" for field, value in event.items() if str(value) not in text]
    line = " ".join((time, f"{level:<7}", text, *rest))
    if trace is None:
        return line
    return "\n".join((line, *(f"  {_printable(part)}" for part in trace.splitlines())))


def _mask(found: re.Match[str]) -> str:
    scheme, name, between = found.groups()
    return f"{scheme} ***" if scheme else f"{name}{between}***"


def _printable(value: object) -> str:
    text = str(value)
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _record(level: int, text: str) -> logging.LogRecord:
    return logging.LogRecord("voltloom.log", level, "", 0, text, None, None)
