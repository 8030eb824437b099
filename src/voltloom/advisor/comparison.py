"""Every architecture on the same sessions, faults and seeds, in parallel processes (D5).

The order of the results is the order of the plan, whatever the number of processes. A worker that fails says which run
it was. Workers look at one shared flag, so that Ctrl-C ends them at their next step instead of orphaning them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from types import MappingProxyType
from typing import Any, Final

from voltloom.allocation.registry import UnknownArchitectureError
from voltloom.simulation.play import PlanWish, Play
from voltloom.simulation.run import played, warm_up
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.tariff import TariffError

LOOK_S: Final = 0.2  # how often progress is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One run of a comparison. world: which of the scenarios handed over, 0 for the one compared. plan_wish: which plan is kept."""

    architecture: str
    faults: str
    seed: int
    world: int = 0
    plan_wish: PlanWish | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """A scenario and its runs, ordered as planned: by fault level, architecture, seed."""

    scenario: Scenario
    results: tuple[RunResult, ...]

    @property
    def architectures(self) -> tuple[str, ...]:
        """Return the architectures in the order asked for."""
        return tuple(dict.fromkeys(r.summary.architecture for r in self.results))

    @property
    def fault_levels(self) -> tuple[str, ...]:
        """Return the fault levels in the order asked for."""
        return tuple(dict.fromkeys(r.summary.faults for r in self.results))

    @property
    def seeds(self) -> tuple[int, ...]:
        """Return the seeds in the order run."""
        return tuple(dict.fromkeys(r.summary.seed for r in self.results))

    def of(self, architecture: str, faults: str | None = None) -> tuple[RunResult, ...]:
        """Return one architecture's runs, all seeds, at one fault level or all."""
        return tuple(
            r
            for r in self.results
            if r.summary.architecture == architecture and faults in (None, r.summary.faults)
        )


class RunFailedError(Exception):
    """A run could not be finished; says which."""

    def __init__(self, case: Case, why: str) -> None:
        super().__init__(case, why)  # as given, so that it travels between processes
        self.case = case
        self.why = why

    def __str__(self) -> str:
        """Return which run failed and why."""
        return f"{self.case.architecture}, faults {self.case.faults}, seed {self.case.seed}: {self.why}"


Progress = Callable[[Sequence[float]], None]  # hears how far each case is, 0 to 1, in the parent process


class CancelledRunError(Exception):
    """The parent asked the worker to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What a worker process keeps: the worlds, how far each case is, and the flag that ends it."""

    worlds: tuple[Scenario, ...]
    done_ratio: Any  # multiprocessing's shared array
    stop: Any  # multiprocessing's event


_bench: list[_Bench] = []  # filled once by a worker's initializer
_warm: set[tuple[str, bool]] = set()  # what this process has compiled


def plan_cases(
    architectures: Sequence[str], fault_levels: Sequence[str], seeds: Sequence[int]
) -> tuple[Case, ...]:
    """Return every combination, by fault level, architecture, seed, without repeats."""
    return tuple(
        Case(architecture=architecture, faults=faults, seed=seed)
        for faults in dict.fromkeys(fault_levels)
        for architecture in dict.fromkeys(architectures)
        for seed in dict.fromkeys(seeds)
    )


def compare(
    scenario: Scenario, cases: Sequence[Case], *, jobs: int, progress: Progress | None = None
) -> Comparison:
    """Run every case and return them in order.

    Raises RunFailedError naming the first case that could not be finished.
    """
    results = run_cases((scenario,), cases, jobs=jobs, progress=progress)
    return Comparison(scenario=scenario, results=results)


def run_cases(
    worlds: Sequence[Scenario], cases: Sequence[Case], *, jobs: int, progress: Progress | None = None
) -> tuple[RunResult, ...]:
    """Run cases on their worlds; with one job or one case in this process, else in at most `jobs` new ones.

    Raises RunFailedError naming the first case that could not be finished.
    """
    tell = progress or _tell_nobody
    if jobs <= 1 or len(cases) <= 1:
        return _here(worlds, cases, tell)
    context = multiprocessing.get_context("spawn")  # the same on every platform, and no inherited threads
    bench = _Bench(
        worlds=tuple(worlds),
        done_ratio=context.Array("d", len(cases), lock=False),
        stop=context.Event(),
    )
    ForkingPickler.register(MappingProxyType, _reduce_proxy)
    workers = min(jobs, len(cases))
    with (
        _orders_to_end() as heed,
        ProcessPoolExecutor(workers, context, initializer=_begin_worker, initargs=(bench,)) as executor,
    ):
        try:
            with _deaf_to_ctrl_c():
                futures = [executor.submit(_work, number, case) for number, case in enumerate(cases)]
            pending = set(futures)
            while pending and not any(f.done() and f.exception() for f in futures):
                heed()
                _, pending = wait(pending, timeout=LOOK_S, return_when=FIRST_EXCEPTION)
                tell(list(bench.done_ratio))
        finally:  # also on Ctrl-C: what runs ends at its next step, what waits is dropped
            bench.stop.set()
            executor.shutdown(wait=True, cancel_futures=True)
    return tuple(_result(future, case) for future, case in _failed_first(futures, cases))


@contextmanager
def _orders_to_end() -> Iterator[Callable[[], None]]:
    """Take note of Ctrl-C and SIGTERM, and yield what raises KeyboardInterrupt once one came.

    Raised where it comes it may leave a lock of the pool taken for ever, and the command would never end.
    """
    told: list[int] = []

    def heed() -> None:
        if told:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield heed  # only the main thread may say what signals do
        return
    before = {
        number: signal.signal(number, lambda number, _: told.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield heed
        heed()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Put Ctrl-C off while workers are started: they inherit that for good, so that only the parent answers."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    if hasattr(signal, "pthread_sigmask"):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:  # a Ctrl-C that came meanwhile is heard now
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _here(worlds: Sequence[Scenario], cases: Sequence[Case], tell: Progress) -> tuple[RunResult, ...]:
    """Run in this process, one after the other."""
    done_ratio = [0.0] * len(cases)
    results = []
    for number, case in enumerate(cases):

        def watch(part_ratio: float, number: int = number) -> None:
            done_ratio[number] = part_ratio
            tell(done_ratio)

        results.append(_run(worlds[case.world], case, watch))
        done_ratio[number] = 1.0
        tell(done_ratio)
    return tuple(results)


def _begin_worker(bench: _Bench) -> None:
    """Prepare a worker process: nobody works on for a dead parent."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _bench.append(bench)


def _leave_with_parent() -> None:
    """End this process when its parent is gone, even where it is blocked on handing over a result."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(number: int, case: Case) -> RunResult:
    """Run one case in a worker process."""
    bench = _bench[0]

    def watch(part_ratio: float) -> None:
        bench.done_ratio[number] = part_ratio
        if bench.stop.is_set():
            raise CancelledRunError

    result = _run(bench.worlds[case.world], case, watch)
    bench.done_ratio[number] = 1.0
    return result


def _run(world: Scenario, case: Case, watch: Callable[[float], None]) -> RunResult:
    try:
        if (kind := (case.architecture, case.faults != "none")) not in _warm:
            warm_up(world, architecture=case.architecture, faults=case.faults, seed=case.seed)
            _warm.add(kind)
        play = Play(
            scenario=world,
            architecture=case.architecture,
            faults=case.faults,
            seed=case.seed,
            plan_wish=case.plan_wish,
        )
        return played(play, watch)
    except (UnknownArchitectureError, TariffError) as wrong:
        raise RunFailedError(case, str(wrong)) from wrong
    except (ValueError, LookupError, ArithmeticError, AssertionError) as bug:
        bug.add_note(f"in the run {case.architecture}, faults {case.faults}, seed {case.seed}")
        raise


def _failed_first(
    futures: Sequence[Future[RunResult]], cases: Sequence[Case]
) -> list[tuple[Future[RunResult], Case]]:
    """Return futures and cases in order, but those that failed by themselves before those that were stopped for it."""

    def rank(pair: tuple[Future[RunResult], Case]) -> int:
        future = pair[0]
        if future.cancelled() or isinstance(future.exception(), CancelledRunError):
            return 2
        return 0 if future.exception() else 1

    return sorted(zip(futures, cases, strict=True), key=rank)


def _result(future: Future[RunResult], case: Case) -> RunResult:
    try:
        return future.result()
    except BrokenProcessPool as broken:
        raise RunFailedError(
            case, "a worker process died, perhaps for want of memory: try --jobs 1"
        ) from broken


def _tell_nobody(done_ratio: Sequence[float]) -> None:
    """Tell no progress."""


def _reduce_proxy(proxy: MappingProxyType[Any, Any]) -> tuple[Callable[..., Any], tuple[dict[Any, Any]]]:
    """Let a read-only mapping travel to another process; the standard library does not by itself."""
    return _proxy_of, (dict(proxy),)


def _proxy_of(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)
