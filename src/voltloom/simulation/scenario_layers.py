"""Scenario files as layers: a variant patches its base, the command line patches both, by dotted path."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from voltloom.site.mistakes import Mistake, PlanError, did_you_mean, item_key, joined, shown

Tree = dict[str, object]
# Where paths stand in a scenario; each is relative to the file that wrote it. "*" is any key.
PATH_KEYS = (
    ("sessions", "file"),
    ("sessions", "history"),
    ("tariff", "file"),
    ("tariff", "prices"),
    ("other_load", "*", "file"),
    ("pv", "*", "file"),
)
PACKAGE = Path(__file__).resolve().parent.parent


def layered(file: Path, assignments: Sequence[str] = ()) -> Tree:
    """Return a scenario file over its bases, with `path=value` assignments on top.

    Raises PlanError for files that are missing or no TOML, bases in a circle, and paths that lead nowhere.
    """
    return assigned(_with_bases(file, ()), assignments)


def assigned(tree: Tree, assignments: Sequence[str]) -> Tree:
    """Return tables with `path=value` assignments on top.

    Raises PlanError for what is no assignment and for paths that lead nowhere.
    """
    mistakes: list[Mistake] = []
    for assignment in assignments:
        path, sign, text = assignment.partition("=")
        if not sign or not path.strip():
            remedy = "Write it as site.transformer.rating_kw=50."
            mistakes.append(
                Mistake(path="--set", value=shown(assignment), problem="is no path=value", remedy=remedy)
            )
            continue
        keys = [key.strip() for key in path.split(".")]
        patch: object = typed(text)
        for key in reversed(keys):
            patch = {key: patch}
        assert isinstance(patch, dict)
        tree = _patched(tree, patch, "", mistakes)
    if mistakes:
        raise PlanError(mistakes)
    return tree


def typed(text: str) -> object:
    """Return a value as TOML reads it; what is no TOML is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def scenario_file(name: str) -> Path:
    """Return the file of a scenario given by its path, or by the bare name of one that ships with Voltloom.

    Raises PlanError naming the nearest that exists.
    """
    given = Path(name)
    if given.is_file():
        return given
    folder = shipped_folder()
    shipped = {file.stem: file for file in sorted(folder.glob("*.toml"))}
    if given.stem in shipped and len(given.parts) == 1:
        return shipped[given.stem]
    remedy = did_you_mean(given.stem, list(shipped))
    raise PlanError([Mistake(path="scenario", value=shown(name), problem="no such file", remedy=remedy)])


def shipped_folder() -> Path:
    """Return where the shipped scenarios are: in the installed package, or beside the sources of a checkout."""
    installed = PACKAGE / "_scenarios"
    return installed if installed.is_dir() else PACKAGE.parent.parent / "scenarios"


def toml_in(file: Path) -> Tree:
    """Return a TOML file as tables.

    Raises PlanError naming the file and, for bad TOML, the line.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        problem, remedy = f"is no TOML: {error}", "Correct that line."
    except (OSError, UnicodeDecodeError) as error:
        problem, remedy = f"cannot be read: {error}", "Check the path."
    raise PlanError([Mistake(path=file.name, value="", problem=problem, remedy=remedy)])


def _with_bases(file: Path, above: tuple[Path, ...]) -> Tree:
    file = file.resolve()
    if file in above:
        chain = " -> ".join(path.name for path in (*above, file))
        what = Mistake(path="base", value=chain, problem="is a circle of bases", remedy="Break it.")
        raise PlanError([what])
    tree = _with_site_file(_with_paths(toml_in(file), file.parent), file.parent)
    base = tree.pop("base", None)
    if base is None:
        return tree
    if not isinstance(base, str):
        what = Mistake(path="base", value=shown(base), problem="is no file name", remedy='Write "a.toml".')
        raise PlanError([what])
    beneath = file.parent / base
    under = _with_bases(beneath if beneath.is_file() else scenario_file(base), (*above, file))
    mistakes: list[Mistake] = []
    patched = _patched(under, tree, "", mistakes)
    if mistakes:
        raise PlanError(mistakes)
    return patched


def _with_site_file(tree: Tree, folder: Path) -> Tree:
    """Return the tree with `site = "file.toml"` replaced by what the file holds."""
    site = tree.get("site")
    if not isinstance(site, str):
        return tree
    inside = toml_in(folder / site)
    return {**tree, "site": inside.get("site", inside)}


def _with_paths(tree: Tree, folder: Path) -> Tree:
    """Return the tree with every path made absolute."""
    for keys in PATH_KEYS:
        tree = _with_path(tree, keys, folder)
    return tree


def _with_path(tree: Tree, keys: Sequence[str], folder: Path) -> Tree:
    here = list(tree) if keys[0] == "*" else [key for key in tree if key == keys[0]]
    changes: Tree = {}
    for key in here:
        value = tree[key]
        if len(keys) > 1 and isinstance(value, dict):
            changes[key] = _with_path(value, keys[1:], folder)
        elif len(keys) == 1 and isinstance(value, str) and value:
            changes[key] = str(folder / value)
    return {**tree, **changes}


def _patched(base: Tree, patch: Mapping[str, object], where: str, mistakes: list[Mistake]) -> Tree:
    """Return a tree with a patch over it: tables are merged, entries of a list are found by id, the rest replaced."""
    result = dict(base)
    for key, value in patch.items():
        below = result.get(key)
        path = joined(where, [key])
        if isinstance(value, Mapping) and isinstance(below, dict):
            result[key] = _patched(below, value, path, mistakes)
        elif isinstance(value, Mapping) and isinstance(below, list):
            result[key] = _patched_list(below, value, path, mistakes)
        else:
            result[key] = value
    return result


def _patched_list(
    base: list[object], patch: Mapping[str, object], where: str, mistakes: list[Mistake]
) -> list[object]:
    result = list(base)
    keys = [item_key(item, number) for number, item in enumerate(base)]
    for key, value in patch.items():
        number = keys.index(key) if key in keys else int(key) if key.isdigit() else len(base)
        if number >= len(base):
            remedy = did_you_mean(key, keys)
            path = joined(where, [key])
            mistakes.append(Mistake(path=path, value="", problem="no such entry", remedy=remedy))
            continue
        below = base[number]
        if isinstance(value, Mapping) and isinstance(below, dict):
            result[number] = _patched(below, value, joined(where, [key]), mistakes)
        else:
            result[number] = value
    return result
