"""Who may use the HTTP interface, as the file says it."""

from pathlib import Path

import pytest

from tests.live.demo import plan_file
from voltloom.live.config import load_config
from voltloom.live.config.api import Role
from voltloom.live.gateway.credentials import generated
from voltloom.site.mistakes import PlanError

KEY = '[[api.key]]\nid = "ems"\nrole = "operator"\nsecret_record = "{record}"\n'


def _file(folder: Path, more: str) -> Path:
    file = plan_file(folder)
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    return file


def test_without_the_table_there_is_no_interface(tmp_path: Path) -> None:
    assert load_config(plan_file(tmp_path)).api is None


def test_a_key_has_a_role_and_only_its_hash_is_in_the_file(tmp_path: Path) -> None:
    secret, record = generated()
    plan = load_config(_file(tmp_path, "[api]\nport = 0\n" + KEY.format(record=record))).api

    assert plan is not None
    assert (plan.keys[0].key_id, plan.keys[0].role) == ("ems", Role.OPERATOR)
    assert secret not in (tmp_path / "site.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "paths"),
    [
        ('[api]\nhost = "0.0.0.0"\n', {"api.key", "api.host"}),
        ('[api]\ncertificate = "server.pem"\n', {"api.certificate"}),
        ('[api]\n[[api.key]]\nid = "a"\nrole = "viewer"\nsecret_record = "plain"\n', {"api.key[0].secret_record"}),
        (
            '[api]\n[[api.key]]\nid = "a"\nrole = "driver"\nsecret_record = "plain"\n',
            {"api.key[0].secret_record", "api.key[0].token"},
        ),
    ],
)  # fmt: skip
def test_an_open_or_broken_interface_is_a_mistake_by_path(tmp_path: Path, more: str, paths: set[str]) -> None:
    with pytest.raises(PlanError) as told:
        load_config(_file(tmp_path, more))

    assert {mistake.path for mistake in told.value.mistakes} == paths
