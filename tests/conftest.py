"""What every test shares: Hypothesis profiles, and the data that may lie beside the checkout."""

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from xdist.remote import Producer  # type: ignore[import-untyped]  # no types are shipped
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # no types are shipped
from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # no types are shipped

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

# Compiling a kernel inside the first example makes it slow; that is no finding.
_PATIENT = (HealthCheck.too_slow,)
settings.register_profile(
    "ci", derandomize=True, max_examples=100, deadline=None, suppress_health_check=_PATIENT
)
settings.register_profile("nightly", max_examples=2000, deadline=None, suppress_health_check=_PATIENT)
# A planted fault only has to be noticed: the shortest example of it is wanted by nobody.
for _name in ("ci", "nightly"):
    settings.register_profile(
        f"{_name}-unshrunk",
        settings.get_profile(_name),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
# What their tests share costs more than what two workers would save.
TOGETHER = {
    "tests/live/test_planned_site.py",
    "tests/live/test_replay.py",
    "tests/mutants/test_mutants.py",
    "tests/simulation/test_fault_scenarios.py",
    "tests/test_tidy.py",
}


# Their tests mostly wait for each other's messages.
WAITING = ("tests/live/", "tests/virtual/", "tests/web/", "tests/cli/test_stations.py")
COMPUTING_EVERY = 4  # of so many workers, one begins with the tests that compute


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # its base has no types
    """Gives a worker one test at a time, or all of a file that belong together.

    Some workers begin with tests that wait, some with those that compute: else the machine would be idle, then too busy.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid

    def _assign_work_unit(self, node: WorkerController) -> None:
        waits = self.nodes.index(node) % COMPUTING_EVERY != 0
        fitting = (scope for scope in self.workqueue if scope.startswith(WAITING) == waits)
        if (scope := next(fitting, None)) is not None:
            self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Share out the tests; xdist's own groups do not work under pytest 9.2."""
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep what is imported for the tests out of the garbage collector's sight.

    A million objects of libraries and modules stay to the end: walking over them again and again finds nothing.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long tests; skip, visibly, those that need data which is not here."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if SHARED_DATA.is_dir():
        return
    absent = pytest.mark.skip(reason=f"reference data not found at {SHARED_DATA}")
    for item in items:
        if item.get_closest_marker("reference"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of reference data beside the checkout; tests using it carry the `reference` mark."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"reference data not found at {SHARED_DATA}")
    return SHARED_DATA
