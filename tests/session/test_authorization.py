"""Who may charge, with and without the backend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.session.authorization import (
    Authorization,
    AuthorizationPending,
    AuthorizationRejected,
    AuthorizationRules,
    Authorized,
    BackendVerdict,
    Presented,
    RejectionCause,
    TokenEntry,
    authorize,
    local_list,
)
from voltloom.session.events import TokenKind

LIST = local_list(
    (
        TokenEntry(id_token="Anna", tier=1, weight=2.0, expires_s=1000.0),
        TokenEntry(id_token="thief", blocked=True),
    )
)
STRICT = AuthorizationRules()


def verdict(
    id_token: str,
    *,
    backend: BackendVerdict = BackendVerdict.NOT_ASKED,
    rules: AuthorizationRules = STRICT,
    now_s: float = 0.0,
    running: frozenset[str] = frozenset(),
    kind: TokenKind = TokenKind.RFID,
) -> Authorization:
    return authorize(Presented(id_token=id_token, kind=kind), LIST, running, now_s, backend, rules)


def rejected(why: RejectionCause) -> AuthorizationRejected:
    return AuthorizationRejected(why=why)


@pytest.mark.parametrize("backend", [BackendVerdict.UNREACHABLE, BackendVerdict.NOT_ASKED])
def test_a_listed_token_charges_when_the_backend_is_away_in_whatever_case_it_is_written(
    backend: BackendVerdict,
) -> None:
    assert verdict("ANNA", backend=backend) == Authorized(tier=1, weight=2.0)


def test_an_expired_token_is_refused_from_the_moment_it_expires() -> None:
    assert verdict("anna", now_s=999.0) == Authorized(tier=1, weight=2.0)
    assert verdict("anna", now_s=1000.0) == rejected(RejectionCause.EXPIRED)


def test_a_token_blocked_here_is_refused_even_when_the_backend_accepts_it() -> None:
    assert verdict("thief", backend=BackendVerdict.ACCEPTED) == rejected(RejectionCause.BLOCKED)


def test_a_token_that_charges_elsewhere_is_refused_unless_the_site_allows_it() -> None:
    allows = AuthorizationRules(accepts_concurrent=True)

    assert verdict("anna", running=frozenset({"ANNA"})) == rejected(RejectionCause.CONCURRENT)
    assert verdict("anna", running=frozenset({"ANNA"}), rules=allows) == Authorized(tier=1, weight=2.0)


def test_an_unknown_token_charges_offline_only_by_rule() -> None:
    lenient = AuthorizationRules(accepts_unknown_offline=True, guest_tier=3, guest_weight=0.5)
    away = BackendVerdict.UNREACHABLE

    assert verdict("stranger", backend=away) == rejected(RejectionCause.BACKEND_UNREACHABLE)
    assert verdict("stranger", backend=away, rules=lenient) == Authorized(tier=3, weight=0.5)
    assert verdict("stranger", rules=lenient) == rejected(RejectionCause.UNKNOWN)


@pytest.mark.parametrize("why", [c for c in RejectionCause if c is not RejectionCause.BACKEND_UNREACHABLE])
def test_what_the_backend_refuses_is_refused_for_its_reason(why: RejectionCause) -> None:
    assert verdict("stranger", backend=BackendVerdict(why.value)) == rejected(why)


def test_a_backend_that_thinks_is_waited_for() -> None:
    assert verdict("stranger", backend=BackendVerdict.PENDING) == AuthorizationPending()


def test_nobody_needs_a_token_at_a_free_site_and_nobody_charges_free_elsewhere() -> None:
    free = AuthorizationRules(is_free_vend=True)

    assert verdict("", kind=TokenKind.FREE_VEND, rules=free) == Authorized(tier=0, weight=1.0)
    assert verdict("", kind=TokenKind.FREE_VEND) == rejected(RejectionCause.UNKNOWN)


@given(
    backend=st.sampled_from(BackendVerdict),
    kind=st.sampled_from([TokenKind.RFID, TokenKind.APP, TokenKind.PLUG_AND_CHARGE]),
    rules=st.builds(AuthorizationRules, is_free_vend=st.booleans(), accepts_unknown_offline=st.booleans()),
)
def test_a_blocked_token_never_charges(
    backend: BackendVerdict, kind: TokenKind, rules: AuthorizationRules
) -> None:
    outcome = verdict("thief", backend=backend, kind=kind, rules=rules)

    assert outcome == rejected(RejectionCause.BLOCKED)
