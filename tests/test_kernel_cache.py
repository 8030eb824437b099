"""The name of numba's cache: it changes with whatever shapes machine code, and nothing else's cache is used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import voltloom
from voltloom.kernel_cache import digest_of

FLOOR = {
    "__init__.py": "",
    "units.py": "A_WATT = 1.0\n",
    "words.py": "HELLO = 'hello'\n",
    "site/__init__.py": "",
    "site/kernels.py": "from numba import njit\nfrom voltloom.site.network import Grid\n",
    "site/network.py": "from voltloom.units import A_WATT\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "voltloom"
    for name, text in FLOOR.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", ["site/kernels.py", "site/network.py", "units.py"])
def test_a_change_in_a_kernel_or_in_what_it_uses_names_another_cache(package: Path, name: str) -> None:
    before = digest_of(package)

    (package / name).write_text(FLOOR[name] + "NEW = 1\n", encoding="utf-8")

    assert digest_of(package) != before


def test_a_change_that_no_kernel_can_see_keeps_the_cache(package: Path) -> None:
    before = digest_of(package)

    (package / "words.py").write_text("HELLO = 'good day'\n", encoding="utf-8")

    assert digest_of(package) == before


def started(imports: str = "voltloom, numba", **environment: str) -> str:
    """Return what a fresh process takes for numba's cache once voltloom is imported."""
    known = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    code = f"import {imports}; print(numba.config.CACHE_DIR)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=known | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("imports", ["voltloom, numba", "numba, voltloom"])
def test_a_bare_start_uses_the_cache_of_exactly_these_sources(imports: str) -> None:
    assert digest_of(Path(voltloom.__file__).resolve().parent) in started(imports)


def test_a_cache_that_is_named_already_is_respected(tmp_path: Path) -> None:
    assert started(NUMBA_CACHE_DIR=str(tmp_path)) == str(tmp_path)


def test_an_installed_package_keeps_its_cache_with_the_user_and_without_a_place_leaves_nothing_behind(
    package: Path, tmp_path: Path
) -> None:
    code = (
        "import os, sys; from pathlib import Path; from voltloom.kernel_cache import name_cache;"
        "os.environ.pop('NUMBA_CACHE_DIR', None); name_cache(Path(sys.argv[1])); print(os.environ['NUMBA_CACHE_DIR'])"
    )
    blocked = tmp_path / "a file, no folder"
    blocked.write_text("", encoding="utf-8")
    (tmp_path / "tmp").mkdir()

    def cache(home: Path) -> Path:
        there = os.environ | {"XDG_CACHE_HOME": str(home), "HOME": str(home), "TMPDIR": str(tmp_path / "tmp")}
        done = subprocess.run(
            [sys.executable, "-c", code, str(package)], env=there, capture_output=True, text=True, check=True
        )
        return Path(done.stdout.strip())

    assert cache(tmp_path / "home").parent == tmp_path / "home" / "voltloom" / "numba"
    nowhere = cache(blocked)
    assert nowhere.parent == tmp_path / "tmp"
    assert not nowhere.exists()
