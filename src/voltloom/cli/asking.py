"""A running site's HTTP interface, asked from the command line: one request, its answer, or what was wrong with it."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from voltloom.cli.output import Exit, UsageError, fail

TIME_OUT_S = 20.0


class SiteRefusesError(ValueError):
    """The site says no; the text says why and what to do."""


class SiteSilentError(Exception):
    """The site does not answer, or not as a site does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSite:
    """Where a site is asked, and with which key. authority: a PEM file of whoever signed its certificate, None for the usual ones."""

    url: str
    key: str = field(repr=False)
    authority: Path | None = None

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the decoded answer. Raises UsageError, SiteRefusesError, SiteSilentError."""
        address = _address(self.url)
        headers = {"Authorization": f"Bearer {self.key}", "User-Agent": "voltloom"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        line = self._line(address)
        try:
            sent = None if body is None else json.dumps(body).encode("utf-8")
            line.request(method, address.path.rstrip("/") + path, sent, headers)
            answer = line.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as broken:
            raise SiteSilentError(f"{self.url} does not answer ({broken}). Is the site running?") from broken
        finally:
            line.close()
        return _understood(self.url, status, text)

    def _line(self, address: SplitResult) -> http.client.HTTPConnection:
        host = address.hostname or ""
        if address.scheme == "http":
            return http.client.HTTPConnection(host, address.port, timeout=TIME_OUT_S)
        try:
            trusted = ssl.create_default_context(cafile=self.authority)
        except OSError as wrong:
            raise UsageError(
                f"--authority = {self.authority}: cannot be used ({wrong}). Give a PEM file."
            ) from wrong
        return http.client.HTTPSConnection(host, address.port, timeout=TIME_OUT_S, context=trusted)


@contextmanager
def site_errors() -> Iterator[None]:
    """Turn a site that does not answer into a message and an exit code; what it refuses is wrong input."""
    try:
        yield
    except SiteSilentError as silent:
        fail(str(silent), Exit.BREACH)


def _address(url: str) -> SplitResult:
    with suppress(ValueError):  # a port that is no number
        address = urlsplit(url)
        if address.scheme in ("http", "https") and address.hostname and address.port != 0:
            return address
    raise UsageError(f'--url = "{url}": is no address. Write it as http://127.0.0.1:8080.')


def _understood(url: str, status: int, text: bytes) -> Any:
    """Return what an answer holds. Raises SiteRefusesError, SiteSilentError."""
    try:
        told = json.loads(text) if text else None
    except ValueError as wrong:
        raise SiteSilentError(f"{url} answers {status} without JSON. Is it a site's interface?") from wrong
    if status < 400:
        return told
    detail = told.get("detail") if isinstance(told, dict) else None
    if not isinstance(detail, str):
        raise SiteSilentError(f"{url} answers {status}. Is it a site's interface?")
    if status >= 500:
        raise SiteSilentError(detail)
    raise SiteRefusesError(detail)
