"""Who may charge: the site's own list, the backend's verdict, and what holds when the backend is away."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from voltloom.session.events import TokenKind


class RejectionCause(Enum):
    """Why a token was not accepted."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    CONCURRENT = "concurrent"
    BACKEND_UNREACHABLE = "backend_unreachable"


class BackendVerdict(Enum):
    """What the backend said about a token, if there is one and it answered.

    NOT_ASKED: the site has no backend, or the list alone decides. PENDING: asked, no answer yet.
    """

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    CONCURRENT = "concurrent"
    UNREACHABLE = "unreachable"
    NOT_ASKED = "not_asked"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """One token on the local list.

    tier: 0 is served first. weight: share in a weighted division. expires_s: inf for never. group: tokens of one
    group (a family, a fleet) count as the same driver at a running session; "" for none.
    """

    id_token: str
    tier: int = 0
    weight: float = 1.0
    expires_s: float = math.inf
    blocked: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalList:
    """The tokens the site knows by itself. version: as sent by the backend, 0 for a list kept by hand."""

    entries: Mapping[str, TokenEntry] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    def entry(self, id_token: str) -> TokenEntry | None:
        """Return what is known about a token; letter case does not matter (OCPP: CiString)."""
        return self.entries.get(id_token.casefold())


def local_list(entries: tuple[TokenEntry, ...], version: int = 0) -> LocalList:
    """Return the list of these tokens; of two entries for one token the later holds."""
    return LocalList(
        entries=MappingProxyType({entry.id_token.casefold(): entry for entry in entries}), version=version
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRules:
    """What the site accepts.

    is_free_vend: everybody may charge, identified or not. accepts_unknown_offline: a token that nobody knows is
    accepted while the backend is away. accepts_concurrent: one token may run several sessions. guest_tier,
    guest_weight: for whoever is not on the local list.
    """

    is_free_vend: bool = False
    accepts_unknown_offline: bool = False
    accepts_concurrent: bool = False
    guest_tier: int = 0
    guest_weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A token as it was presented."""

    id_token: str
    kind: TokenKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorized:
    """The token may charge."""

    tier: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRejected:
    """The token may not charge."""

    why: RejectionCause


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationPending:
    """The backend has not answered yet."""


Authorization = Authorized | AuthorizationRejected | AuthorizationPending

_BY_BACKEND = MappingProxyType(
    {
        BackendVerdict.UNKNOWN: RejectionCause.UNKNOWN,
        BackendVerdict.BLOCKED: RejectionCause.BLOCKED,
        BackendVerdict.EXPIRED: RejectionCause.EXPIRED,
        BackendVerdict.CONCURRENT: RejectionCause.CONCURRENT,
    }
)


def authorize(
    presented: Presented,
    known: LocalList,
    running_tokens: Set[str],
    now_s: float,
    backend: BackendVerdict,
    rules: AuthorizationRules,
) -> Authorization:
    """Return whether a token may charge.

    running_tokens: tokens of the sessions running at other EVSEs. What the site itself knows against a token
    (blocked, expired, already charging) holds whatever the backend says; then the backend decides; the local list
    decides when there is none or it is away.
    """
    entry = known.entry(presented.id_token)
    if presented.kind is TokenKind.FREE_VEND:
        return _guest(rules) if rules.is_free_vend else AuthorizationRejected(why=RejectionCause.UNKNOWN)
    if entry is not None and (against := _known_against(entry, now_s)) is not None:
        return AuthorizationRejected(why=against)
    folded = {token.casefold() for token in running_tokens if token}
    if presented.id_token.casefold() in folded and not rules.accepts_concurrent:
        return AuthorizationRejected(why=RejectionCause.CONCURRENT)
    if rules.is_free_vend:
        return _granted(entry, rules)
    return _by_backend_or_list(entry, backend, rules)


def _by_backend_or_list(
    entry: TokenEntry | None, backend: BackendVerdict, rules: AuthorizationRules
) -> Authorization:
    if backend is BackendVerdict.PENDING:
        return AuthorizationPending()
    if backend in _BY_BACKEND:
        return AuthorizationRejected(why=_BY_BACKEND[backend])
    if backend is BackendVerdict.ACCEPTED or entry is not None:
        return _granted(entry, rules)
    if backend is BackendVerdict.UNREACHABLE:
        if rules.accepts_unknown_offline:
            return _guest(rules)
        return AuthorizationRejected(why=RejectionCause.BACKEND_UNREACHABLE)
    return AuthorizationRejected(why=RejectionCause.UNKNOWN)


def _known_against(entry: TokenEntry, now_s: float) -> RejectionCause | None:
    if entry.blocked:
        return RejectionCause.BLOCKED
    return RejectionCause.EXPIRED if now_s >= entry.expires_s else None


def _granted(entry: TokenEntry | None, rules: AuthorizationRules) -> Authorized:
    return _guest(rules) if entry is None else Authorized(tier=entry.tier, weight=entry.weight)


def _guest(rules: AuthorizationRules) -> Authorized:
    return Authorized(tier=rules.guest_tier, weight=rules.guest_weight)
