"""The opening HTTP request of a WebSocket, read strictly: bytes in, an `Upgrade` or a `Refusal` out. No I/O."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

HEAD_END = b"\r\n\r\n"
HEAD_BYTES = 8192
MAX_HEADERS = 64
IDENTITY_CHARACTERS = 48  # OCPP 2.x, Part 4, section 3.1.1

# As offered on the wire; the station's order of preference decides between them.
SUBPROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ONCE = ("host", "sec-websocket-key", "sec-websocket-version", "authorization", "content-length")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not let in: the HTTP status, and a sentence for the installer who reads it."""

    status: HTTPStatus
    detail: str
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicCredentials:
    """What the Authorization header held; the secret as the bytes that were sent."""

    username: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A well-formed request to open a WebSocket. offered: subprotocols in the station's order."""

    identity: str
    key: str
    offered: tuple[str, ...]
    credentials: BasicCredentials | None


def read_head(head: bytes) -> Upgrade | Refusal:
    """Return what the request asks for; head: everything before the empty line."""
    lines = head.split(b"\r\n")
    parts = lines[0].split(b" ")
    if len(parts) != 3 or not parts[1].startswith(b"/") or not parts[1].isascii():
        return _bad("the request line is malformed")
    if parts[2] != b"HTTP/1.1":
        return _bad("only HTTP/1.1 can be upgraded")
    if parts[0] != b"GET":
        return Refusal(status=HTTPStatus.METHOD_NOT_ALLOWED, detail="a WebSocket is opened with GET")
    headers = _headers(lines[1:])
    if headers is None:
        return _bad("a header line is malformed")
    if wrong := _not_an_upgrade(headers):
        return wrong
    identity = identity_in(parts[1].decode("ascii"))
    if identity is None:
        what = f"the last part of the path is the station's identity: 1 to {IDENTITY_CHARACTERS} characters, no ':'"
        return Refusal(status=HTTPStatus.NOT_FOUND, detail=what)
    given = headers.get("authorization")
    credentials = _basic(given[0]) if given else None
    if given and credentials is None:
        return _bad("the Authorization header is not well-formed Basic")
    return Upgrade(
        identity=identity,
        key=headers["sec-websocket-key"][0],
        offered=_listed(headers.get("sec-websocket-protocol", [])),
        credentials=credentials,
    )


def identity_in(target: str) -> str | None:
    """Return the identity that a request target names, or None if it names none that OCPP allows."""
    path = target.partition("?")[0].partition("#")[0]
    segment = path.rstrip("/").rpartition("/")[2]
    if not segment or _BAD_ESCAPE.search(segment):
        return None
    try:
        identity = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        return None
    return identity if is_identity(identity) else None


def is_identity(text: str) -> bool:
    """Say whether OCPP allows a text as a station's identity: it is also a user name in Basic, and a part of a path."""
    fits = 1 <= len(text) <= IDENTITY_CHARACTERS and text.isprintable() and text.strip() == text
    return fits and ":" not in text and "/" not in text


def chosen_subprotocol(offered: tuple[str, ...]) -> str | None:
    """Return the first of the station's subprotocols that is spoken here."""
    return next((name for name in offered if name in SUBPROTOCOLS), None)


def canonical_head(upgrade: Upgrade) -> bytes:
    """Return a request of equal meaning with only what the WebSocket library needs, so that it sees nothing else."""
    return (
        b"GET / HTTP/1.1\r\nHost: voltloom\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + upgrade.key.encode("ascii") + HEAD_END
    )


def refusal_bytes(refusal: Refusal, *, realm: str) -> bytes:
    """Return the HTTP response to a request that is not let in."""
    body = (refusal.detail + "\n").encode("utf-8")
    lines = [
        f"HTTP/1.1 {refusal.status.value} {refusal.status.phrase}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if refusal.status is HTTPStatus.UNAUTHORIZED:
        lines.append(f'WWW-Authenticate: Basic realm="{realm}", charset="UTF-8"')
    if refusal.status is HTTPStatus.UPGRADE_REQUIRED:
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    if refusal.retry_after_s is not None:
        lines.append(f"Retry-After: {refusal.retry_after_s}")
    return "\r\n".join(lines).encode("utf-8") + HEAD_END + body


def _bad(detail: str) -> Refusal:
    return Refusal(status=HTTPStatus.BAD_REQUEST, detail=detail)


def _headers(lines: list[bytes]) -> dict[str, list[str]] | None:
    """Return the values of each header by its name in small letters, or None if a line is no header."""
    if len(lines) > MAX_HEADERS:
        return None
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name) or any((c < 32 and c != 9) or c == 127 for c in value):
            return None
        headers.setdefault(name.decode("ascii").lower(), []).append(value.strip(b" \t").decode("latin-1"))
    return headers


def _not_an_upgrade(headers: dict[str, list[str]]) -> Refusal | None:
    if any(len(headers.get(name, ())) > 1 for name in _ONCE):
        return _bad("a header that may stand once stands twice")
    if "transfer-encoding" in headers or headers.get("content-length", ["0"])[0].strip("0"):
        return _bad("a request that opens a WebSocket has no body")
    if "host" not in headers:
        return _bad("the Host header is missing")
    wants = {word.lower() for word in _listed(headers.get("connection", []))}
    if "upgrade" not in wants or "websocket" not in {
        word.lower() for word in _listed(headers.get("upgrade", []))
    }:
        return Refusal(
            status=HTTPStatus.UPGRADE_REQUIRED, detail="this address speaks OCPP over WebSocket only"
        )
    if headers.get("sec-websocket-version") != ["13"]:
        return Refusal(status=HTTPStatus.UPGRADE_REQUIRED, detail="only WebSocket version 13 is spoken here")
    try:
        key = base64.b64decode(headers.get("sec-websocket-key", [""])[0], validate=True)
    except (binascii.Error, ValueError):
        return _bad("Sec-WebSocket-Key is not base64")
    return None if len(key) == 16 else _bad("Sec-WebSocket-Key is not 16 bytes long")


def _listed(values: list[str]) -> tuple[str, ...]:
    return tuple(word for value in values for part in value.split(",") if (word := part.strip()))


def _basic(value: str) -> BasicCredentials | None:
    """Return the credentials; the secret is whatever follows the first colon, any bytes (RFC 7617)."""
    scheme, _, coded = value.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, colon, secret = base64.b64decode(coded.strip(), validate=True).partition(b":")
        return BasicCredentials(username=username.decode("utf-8"), secret=secret) if colon else None
    except (binascii.Error, ValueError):
        return None
