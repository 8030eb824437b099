"""Links for drivers: one on each outlet's sticker for ever, one for each visit, given to whoever shows that it is theirs.

A sticker's token is derived from a secret of the journal, so it survives restarts and stands in no list. A visit's token is drawn; the journal
has its hash alone. See docs/decisions/0025-the-drivers-link.md.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from http import HTTPStatus
from typing import Final

import msgspec

from voltloom.live.config.api import ApiKey, Role
from voltloom.live.gateway.credentials import drawn_token
from voltloom.live.gateway.guards import Buckets
from voltloom.live.gateway.settings import Rate
from voltloom.live.running import LiveSite
from voltloom.session.facts import SessionFacts
from voltloom.store.entry import Entry
from voltloom.store.journal_rows import newest_rows_of
from voltloom.web.audit import Audit
from voltloom.web.keys import too_many
from voltloom.web.problems import Problem, wrong_field

SECRET_KIND: Final = "drivers_secret"
GIVEN_KIND: Final = "visit_link"
FIRST_S: Final = 15 * 60.0  # after plug-in, in which the first to say so gets the visit's link
CARD_COUNT: Final = 4  # characters of a card's number that show whose visit it is
CARDS: Final = Rate(burst_count=5.0, refill_per_s=1.0 / 600.0)
GIVEN_COUNT: Final = 5_000  # links that are remembered
TOKEN_BYTES: Final = 16
BY_LINK: Final = ApiKey(key_id="driver-link", role=Role.DRIVER, secret_record="")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A visit's link was given out. how: "first", "card" or "key". token_hash: SHA-256, hexadecimal."""

    session_id: str
    evse_id: str
    arrived_ms: int
    token_hash: str
    how: str


class Links:
    """All links of one site."""

    def __init__(self, site: LiveSite, deeds: Audit) -> None:
        self._site, self._deeds = site, deeds
        self._turn = asyncio.Lock()
        self._stickers: dict[str, int] = {}
        self._tokens: tuple[str, ...] = ()
        self._by_session: dict[str, Given] = {}
        self._by_hash: dict[str, Given] = {}
        self._cards = Buckets[str](CARDS, remembered=GIVEN_COUNT)

    async def ready(self) -> None:
        """Read what the journal knows, once. Raises StoreError."""
        if self._tokens:
            return
        async with self._turn:
            if self._tokens:
                return
            secret = await self._secret()
            rows = await self._site.journal.run(
                lambda c: newest_rows_of(c, self._site.config.node, GIVEN_KIND, GIVEN_COUNT)
            )
            for row in reversed(rows):
                self._remember(msgspec.json.decode(row.payload, type=Given))
            tokens = tuple(_sticker(secret, name) for name in self._site.network.evse_ids)
            self._stickers = {token: evse for evse, token in enumerate(tokens)}
            self._tokens = tokens

    async def _secret(self) -> bytes:
        row = await self._site.journal.newest(SECRET_KIND)
        if row is not None:
            return row.payload
        drawn = drawn_token().encode()
        at_ms = round(self._site.clock.now_s() * 1000.0)
        await self._site.journal.append(Entry(SECRET_KIND, SECRET_KIND, at_ms, drawn))
        return drawn

    def sticker(self, evse: int) -> str:
        """Return the token of an outlet's sticker."""
        return self._tokens[evse]

    def outlet_of(self, token: str) -> int | None:
        """Return whose sticker it is, None for no outlet's."""
        return self._stickers.get(token)

    def visit_of(self, token: str) -> Given | None:
        """Return whose visit it is, None where the link is none or another one took its place."""
        return self._by_hash.get(_hash(token))

    def is_good(self, given: Given) -> bool:
        """Say whether a link still holds."""
        return self._by_session.get(given.session_id) is given

    def claim_of(self, session: SessionFacts | None) -> str:
        """Return how the visit at an outlet can be opened from its sticker now."""
        if session is None:
            return "none"
        lasts_s = FIRST_S * self._site.clock.speed_ratio  # people are as slow in a demo
        is_fresh = self._site.clock.now_s() - session.arrival_s <= lasts_s
        return "first" if is_fresh and session.session_id not in self._by_session else "card"

    async def claimed(self, session: SessionFacts, card: str | None) -> str:
        """Return the token of a visit, for whoever says at its sticker that it is theirs. Raises Problem, StoreError."""
        async with self._turn:
            if card is None and self.claim_of(session) != "first":
                problem = "this visit was opened already, or began long ago"
                remedy = f"Enter the last {CARD_COUNT} characters of the card or app number that it is charged with."
                raise wrong_field("body.card", problem, remedy, HTTPStatus.CONFLICT)
            if card is not None:
                if wait_s := self._cards.take(session.session_id, asyncio.get_running_loop().time()):
                    raise too_many(wait_s)
                if not _ends_with(session.id_token, card):
                    problem, remedy = "does not fit", "Look at the card, or call the operator."
                    raise wrong_field("body.card", problem, remedy, HTTPStatus.FORBIDDEN)
            return await self._give(session, "first" if card is None else "card", BY_LINK)

    async def given_by(self, session: SessionFacts, key: ApiKey) -> str:
        """Return the token of a visit, for a key that may see it; one given before ends. Raises StoreError."""
        async with self._turn:
            return await self._give(session, "key", key)

    async def _give(self, session: SessionFacts, how: str, key: ApiKey) -> str:
        token = base64.urlsafe_b64encode(bytes.fromhex(drawn_token())[:TOKEN_BYTES]).decode().rstrip("=")
        given = Given(
            session_id=session.session_id,
            evse_id=self._site.network.evse_ids[session.evse],
            arrived_ms=round(session.arrival_s * 1000.0),
            token_hash=_hash(token),
            how=how,
        )
        await self._deeds.note(key, "open_visit", session.session_id, after=how)
        at_ms = round(self._site.clock.now_s() * 1000.0)
        name = f"{GIVEN_KIND}/{given.token_hash}"
        await self._site.journal.append(Entry(name, GIVEN_KIND, at_ms, msgspec.json.encode(given)))
        self._remember(given)
        return token

    def _remember(self, given: Given) -> None:
        if (before := self._by_session.pop(given.session_id, None)) is not None:
            del self._by_hash[before.token_hash]
        self._by_session[given.session_id] = self._by_hash[given.token_hash] = given
        if len(self._by_session) > GIVEN_COUNT:
            oldest = next(iter(self._by_session))
            del self._by_hash[self._by_session.pop(oldest).token_hash]


def missing() -> Problem:
    """Return what every link gets that is wrong or has expired: nobody learns which."""
    detail = "This link is wrong or has expired. Scan the code on the charging station again."
    return Problem(HTTPStatus.NOT_FOUND, detail)


def _sticker(secret: bytes, evse_id: str) -> str:
    digest = hmac.digest(secret, b"outlet\0" + evse_id.encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _ends_with(id_token: str, card: str) -> bool:
    kept = "".join(each for each in id_token if each.isalnum()).casefold()
    told = "".join(each for each in card if each.isalnum()).casefold()
    is_whole = len(told) == CARD_COUNT <= len(kept)
    return is_whole and hmac.compare_digest(kept[-CARD_COUNT:].encode(), told.encode())
