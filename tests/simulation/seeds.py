"""Worlds drawn from seeds, played one after another from the command line."""

import sys
from collections.abc import Callable


def play(breach_of: Callable[[int], str], arguments: list[str]) -> int:
    """Run seeds FIRST..END and say what broke; return how many did."""
    first, _, end = arguments[0].partition("..")
    broken = 0
    for seed in range(int(first), int(end or int(first) + 1)):
        what = breach_of(seed)
        broken += bool(what)
        sys.stdout.write(f"{what}\n" if what else "")
        sys.stdout.flush()
    return broken
