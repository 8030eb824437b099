"""`voltloom policy` against a running site's interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.test_journal import invoke
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role

Told = tuple[int, str, str]


def spoken(
    folder: Path, role: Role, scene: Callable[[Callable[..., Told]], None], *, has_tls: bool = False
) -> None:
    """Play a scene of commands in a thread beside a running site."""

    async def whole() -> None:
        async with staged(folder, has_tls=has_tls) as stage:
            await stage.decided()
            await asyncio.to_thread(scene, spoken_to(stage, role))

    asyncio.run(whole())


def spoken_to(stage: Stage, role: Role) -> Callable[..., Told]:
    where = ("--url", stage.address, "--key", stage.secrets[role])
    return lambda *words: invoke("policy", *words, *where)


def test_a_policy_goes_from_a_check_over_shadow_and_steps_to_the_way_back(tmp_path: Path) -> None:
    def scene(policy: Callable[..., Told]) -> None:
        code, out, err = policy("check", "sequential", "--set", "smoothing.turn_s=600")
        assert (code, err) == (0, "")
        assert "It can rule here." in out
        assert "600.0" in out

        begun = policy("try", "mine", "--architecture", "sequential", "--json")
        assert json.loads(begun[1])["state"] == "shadow"
        assert json.loads(policy("step", "--json")[1])["evses"] != []
        code, out, _ = policy("list")
        assert "In force: parallel" in out
        assert "Trial of mine: canary" in out

        assert json.loads(policy("rollback", "--json")[1])["state"] == "rolled_back"
        code, _, err = policy("step")
        assert (code, "voltloom policy try" in err) == (2, True)

    spoken(tmp_path, Role.OPERATOR, scene)


def test_what_is_promoted_rules(tmp_path: Path) -> None:
    def scene(policy: Callable[..., Told]) -> None:
        policy("try", "sequential", "--evse", "LEFT", "--evse", "RIGHT")
        code, _, err = policy("step")
        assert (code, "promote" in err) == (2, True)
        assert json.loads(policy("promote", "--json")[1])["state"] == "promoted"
        assert "In force: sequential" in policy("list")[1]

    spoken(tmp_path, Role.OPERATOR, scene)


def test_what_the_site_refuses_is_told_with_field_and_remedy(tmp_path: Path) -> None:
    def scene(policy: Callable[..., Told]) -> None:
        code, _, err = policy("check", "sequentail")
        assert code == 2
        assert "architecture" in err
        assert "sequential" in err

    spoken(tmp_path, Role.OPERATOR, scene)


def test_a_viewer_may_look_and_not_try(tmp_path: Path) -> None:
    def scene(policy: Callable[..., Told]) -> None:
        assert policy("list")[0] == 0
        code, _, err = policy("try", "sequential")
        assert code == 2
        assert "operator" in err

    spoken(tmp_path, Role.VIEWER, scene)


def test_a_site_with_its_own_authority_is_asked_over_tls_and_no_other(tmp_path: Path) -> None:
    def scene(policy: Callable[..., Told]) -> None:
        assert policy("list", "--authority", str(tmp_path / "authority.pem"))[0] == 0
        code, _, err = policy("list")
        assert code == 1
        assert "does not answer" in err

    spoken(tmp_path, Role.VIEWER, scene, has_tls=True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("list", "--key", "k", "--url", "http://127.0.0.1:1"), 1, "does not answer"),
        (("list", "--key", "k", "--url", "127.0.0.1"), 2, "is no address"),
        (("list",), 2, "VOLTLOOM_KEY"),
        (("try", "rr", "--key", "k", "--share", "5", "--circuit", "yard"), 2, "in one way"),
        (("check", "rr", "--key", "k", "--set", "smoothing.turn_s"), 2, "has no value"),
    ],
)
def test_what_cannot_be_asked_is_told(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, told: str
) -> None:
    monkeypatch.delenv("VOLTLOOM_KEY", raising=False)

    ended, _, err = invoke("policy", *words)

    assert ended == code
    assert told in err
