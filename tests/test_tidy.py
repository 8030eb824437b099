"""The house rules as a test: what the style asks for and no linter knows.

Each rule is a function from a source file to its breaches; `EXAMPLES` holds one breach of each, so that a rule which
stopped seeing anything fails too. A failing test names file and line, and what to do.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "scripts", "benchmarks")

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 6

EMPTY_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|handle_data|misc)(_|$)", re.IGNORECASE)
MANAGER_CLASS = re.compile(r"(Manager|Helper|Utils?)$")
OPEN_END = re.compile(r"\b(" + "TO" + "DO|FIX" + "ME|XX" + r"X)\b")
EXCEPTION_TO_A_TOOL = re.compile(r"(type:\s*ignore(\[[\w\-, ]*\])?|noqa(:\s*[A-Z]+\d+([ ,]+[A-Z]+\d+)*)?)")

# A number's last word is its unit. Files and people also speak in kW, kWh and minutes; inside it is W, Wh and s.
UNITS = "a|v|w|wh|va|var|kw|kwh|s|ms|min|h|hz|deg|rad|m|minor|eur|ratio|count|factor|c|g|kg"
STATISTIC = re.compile(r"(_(p\d+|mean|median|total))+$")  # wait_s_p95
UNIT_AT_END = re.compile(rf"(^|_)({UNITS})$|_per_[a-z]+(_[a-z]+)?$|^per_[a-z]+$")
DIMENSIONLESS = re.compile(
    r"(^|_)(weights?|probability|coefficients?|fairness|score|unit_[xy]|gain|shares?)$"
)
FLOATS = re.compile(r"\b(float|float32|float64|Floats|FloatArray)\b")
NOT_A_QUANTITY = re.compile(
    r"\b(Callable|Mapping|MappingProxyType|dict)\b"
)  # a mapping's keys carry the units

CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.sleep"),
}
STOPWATCHES = {"time.perf_counter", "time.perf_counter_ns", "time.process_time", "time.process_time_ns"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One place that breaks a rule."""

    line: int
    what: str


@dataclass(frozen=True, kw_only=True)  # not slots: cached_property keeps its value in the instance
class Source:
    """One Python file, read once."""

    path: str  # from the root of the project, with /
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def stem(self) -> str:
        return Path(self.path).stem

    def is_in(self, *folders: str) -> bool:
        return any(self.path.startswith(f"{folder}/") for folder in folders)

    @property
    def is_program(self) -> bool:
        return self.is_in("src")

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.ClassDef)]

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]


Rule = Callable[[Source], Iterator[Breach]]
LIVE = "src/voltloom/live"
SIMULATION = "src/voltloom/simulation"
CLI = "src/voltloom/cli"
# Who may catch whatever comes, and how often: each stands where something else must go on in spite of any bug.
CATCHES_ALL = {
    "src/voltloom/allocation/adaptive/horizon/checking.py": 1,  # a solver: libraries may fail in any way they like
    "src/voltloom/controller/canary/sharing.py": 1,  # a candidate on trial costs nobody else a cycle
    f"{LIVE}/site_loop.py": 1,  # the site keeps its limits
    f"{LIVE}/actuator/actuator.py": 1,  # the other outlets get their floor
    f"{LIVE}/central.py": 1,  # the other messages are answered
    f"{LIVE}/running.py": 1,  # bills behind the journal stop nobody
    f"{LIVE}/remembering.py": 2,  # a site starts, whatever its journal holds
    f"{LIVE}/logging_out.py": 1,  # whoever logs goes on
    f"{LIVE}/logbook.py": 1,  # whoever only looks on does not bring the site to its floor
}
# Made by scripts/make_ocpp_structs.py from the official schemas: as long as the standard is, in the standard's names.
GENERATED = "src/voltloom/protocols/ocpp/generated"


def says_what_it_is_for(source: Source) -> Iterator[Breach]:
    doc = ast.get_docstring(source.tree) or ""
    if len(doc.split("\n")[0].split()) < 3:
        yield Breach(line=1, what="no docstring that says what this file is for: make its first line say it")


def is_short(source: Source) -> Iterator[Breach]:
    if len(source.lines) > MAX_FILE_LINES and not source.is_in(GENERATED):
        yield Breach(
            line=MAX_FILE_LINES, what=f"{len(source.lines)} lines: find the second subject, move it out"
        )


def functions_fit_on_a_screen(source: Source) -> Iterator[Breach]:
    for function in source.functions:
        doc = ast.get_docstring(function, clean=False)
        length = (function.end_lineno or 0) - function.lineno + 1 - (doc.count("\n") + 1 if doc else 0)
        if length > MAX_FUNCTION_LINES:
            what = (
                f"{function.name} has {length} lines: keep the branches here, let smaller functions compute"
            )
            yield Breach(line=function.lineno, what=what)


def parameters_are_few(source: Source) -> Iterator[Breach]:
    # numba takes no dataclasses; a typer command has one parameter for each option.
    if not source.is_program or source.stem == "kernels" or source.is_in(CLI):
        return
    for function in source.functions:
        names = [a.arg for a in _parameters(function) if a.arg not in ("self", "cls")]
        if len(names) > MAX_PARAMETERS:
            what = f"{function.name} has {len(names)} parameters: a dataclass wants a name"
            yield Breach(line=function.lineno, what=what)


def no_two_booleans_side_by_side(source: Source) -> Iterator[Breach]:
    if not source.is_program or source.stem == "kernels" or source.is_in(CLI):
        return
    for function in source.functions:
        kinds = [ast.unparse(a.annotation) if a.annotation else "" for a in _parameters(function)]
        if ("bool", "bool") in pairwise(kinds):
            what = f"{function.name} takes two booleans side by side: make them an enum or a dataclass"
            yield Breach(line=function.lineno, what=what)


def names_say_something(source: Source) -> Iterator[Breach]:
    remedy = "name the one thing it does"
    for part in Path(source.path).with_suffix("").parts:
        if EMPTY_NAMES.search(part):
            yield Breach(line=1, what=f"'{part}' in the path says nothing: {remedy}")
    for function in source.functions:
        if EMPTY_NAMES.search(function.name) and not function.name.startswith("test_"):
            yield Breach(line=function.lineno, what=f"'{function.name}' says nothing: {remedy}")
    for node in source.classes:
        if MANAGER_CLASS.search(node.name):
            yield Breach(line=node.lineno, what=f"'{node.name}' says nothing: {remedy}")


def dataclasses_are_frozen(source: Source) -> Iterator[Breach]:
    if not source.is_program:
        return
    for node in source.classes:
        for mark in node.decorator_list:
            text = ast.unparse(mark)
            if text.split("(")[0].split(".")[-1] != "dataclass":
                continue
            lines = "\n".join(source.lines[mark.lineno - 1 : mark.end_lineno])
            said = re.search(r"# mutable: \w+", lines)
            frozen = "frozen=True" in text or (said and source.is_in(SIMULATION))
            if not (frozen and "slots=True" in text):
                what = f"{node.name}: write @dataclass(frozen=True, slots=True)"
                hint = " (state inside simulation/ may say `# mutable: why` on the decorator's line)"
                yield Breach(line=mark.lineno, what=what + hint)


def numbers_name_their_unit(source: Source) -> Iterator[Breach]:
    if not source.is_program or source.is_in(GENERATED):
        return
    fields = [item for node in source.classes for item in node.body if isinstance(item, ast.AnnAssign)]
    named = [(f.target.id, f.annotation, f.lineno) for f in fields if isinstance(f.target, ast.Name)]
    if source.stem != "kernels":
        named += [
            (a.arg, a.annotation, a.lineno) for f in source.functions for a in _parameters(f) if a.annotation
        ]
    for name, annotation, line in named:
        kind = ast.unparse(annotation)
        if FLOATS.search(kind) and not NOT_A_QUANTITY.search(kind) and not _has_unit(name):
            yield Breach(
                line=line, what=f"'{name}' is a float without a unit: end it in _w, _wh, _a, _s, _ratio, ..."
            )


def few_places_catch_everything(source: Source) -> Iterator[Breach]:
    if not source.is_program:
        return
    reasons = {line: comment for line, comment in source.comments if len(comment.split()) > 4}
    found = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    ]
    for line in found:
        if line not in reasons:
            yield Breach(line=line, what="broad except without its reason: write it behind, in words")
    if len(found) != CATCHES_ALL.get(source.path, 0):
        line = found[0] if found else 1
        what = f"{len(found)} broad excepts: name what may go wrong, or say in CATCHES_ALL what must go on"
        yield Breach(line=line, what=what)


def time_is_an_argument(source: Source) -> Iterator[Breach]:
    if not source.is_program or source.is_in(LIVE):
        return
    measures = source.is_in(CLI, f"{SIMULATION}/measures") or source.path == f"{SIMULATION}/measures.py"
    for line, name in _dotted_names(source):
        last_two = ".".join(name.split(".")[-2:])
        if last_two in CLOCKS:
            yield Breach(line=line, what=f"{last_two} reads the wall clock: take the time as an argument")
        elif last_two in STOPWATCHES and not measures:
            yield Breach(
                line=line, what=f"{last_two}: only simulation/measures and cli/ measure what work costs"
            )


def chance_is_seeded(source: Source) -> Iterator[Breach]:
    if not source.is_program or source.is_in(SIMULATION):
        return
    for line, name in _dotted_names(source):
        if "random" in name.split("."):
            yield Breach(
                line=line, what=f"{name}: only simulation/ draws, from a Generator seeded by the scenario"
            )


def nothing_is_left_open(source: Source) -> Iterator[Breach]:
    for number, line in enumerate(source.lines, start=1):
        if found := OPEN_END.search(line):
            yield Breach(
                line=number, what=f"{found.group()}: finish it, or open an issue and delete the line"
            )


def exceptions_carry_their_reason(source: Source) -> Iterator[Breach]:
    for line, comment in source.comments:
        rest, found = EXCEPTION_TO_A_TOOL.subn("", comment)
        if found and len(re.findall(r"[a-z]{2,}", rest, re.IGNORECASE)) < 2:
            yield Breach(line=line, what=f"'{comment}' gives no reason: write it behind, in words")


EXAMPLES: dict[Rule, tuple[str, str]] = {
    says_what_it_is_for: ("src/voltloom/x.py", "X = 1\n"),
    is_short: ("src/voltloom/x.py", "X = 1\n" * 401),
    functions_fit_on_a_screen: ("tests/x.py", "def f():\n" + "    g()\n" * 60),
    parameters_are_few: ("src/voltloom/x.py", "def f(a, b, c, d, *, e, f, g): ...\n"),
    no_two_booleans_side_by_side: ("src/voltloom/x.py", "def f(a: bool, b: bool): ...\n"),
    names_say_something: ("src/voltloom/load_utils.py", ""),
    dataclasses_are_frozen: ("src/voltloom/x.py", "@dataclass(frozen=True)\nclass A: ...\n"),
    numbers_name_their_unit: ("src/voltloom/x.py", "class A:\n    power: float | None\n"),
    few_places_catch_everything: ("src/voltloom/x.py", "try:\n    f()\nexcept Exception:\n    pass\n"),
    time_is_an_argument: ("src/voltloom/x.py", "import datetime as d\nd.datetime.now()\n"),
    chance_is_seeded: ("src/voltloom/x.py", "from numpy.random import default_rng\n"),
    nothing_is_left_open: ("tests/x.py", "# TO" + "DO later\n"),
    exceptions_carry_their_reason: ("tests/x.py", "f()  # no" + "qa: F821\n"),
}


@lru_cache
def _sources() -> tuple[Source, ...]:
    """Return every Python file of the project."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(
        Source(path=p.relative_to(ROOT).as_posix(), text=p.read_text(encoding="utf-8")) for p in paths
    )


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def _is_broad(node: ast.ExceptHandler) -> bool:
    """Return whether a handler catches whatever comes."""
    caught = ast.unparse(node.type) if node.type else ""
    return caught == "" or bool(re.search(r"(?<!\.)\b(Exception|BaseException)\b", caught))


def _has_unit(name: str) -> bool:
    bare = STATISTIC.sub("", name)
    return bool(UNIT_AT_END.search(bare) or DIMENSIONLESS.search(bare))


def _dotted_names(source: Source) -> Iterator[tuple[int, str]]:
    """Yield `a.b.c` as used, and `b.c` for each `from b import c`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _rule_id(rule: object) -> str:
    return getattr(rule, "__name__", str(rule))


@pytest.mark.parametrize("rule", EXAMPLES, ids=_rule_id)
def test_the_house_rule_holds_in_every_file(rule: Rule) -> None:
    breaches = [f"{s.path}:{b.line}: {b.what}" for s in _sources() for b in rule(s)]

    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize("rule", EXAMPLES, ids=_rule_id)
def test_the_house_rule_sees_its_breach(rule: Rule) -> None:
    path, text = EXAMPLES[rule]

    assert list(rule(Source(path=path, text=text)))


def test_the_files_of_the_program_are_found() -> None:
    assert "src/voltloom/__init__.py" in {source.path for source in _sources()}
