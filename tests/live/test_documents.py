"""The configuration that docs/live.md shows is one that runs."""

import re
from pathlib import Path

from voltloom.live.config import load_config

PAGE = Path(__file__).parents[2] / "docs/live.md"


def test_the_documented_configuration_has_no_mistake(tmp_path: Path) -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert found is not None
    file = tmp_path / "site.toml"
    file.write_text(found.group(1), encoding="utf-8")

    config = load_config(file)

    assert sorted(config.places) == ["CP1", "CP2"]
    assert [circuit.rating_a for circuit in config.site.circuits] == [20.0]
