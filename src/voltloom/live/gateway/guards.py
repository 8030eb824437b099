"""How often an address, an identity or a guesser may try: token buckets and growing pauses, in bounded memory."""

import ipaddress
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from voltloom.live.gateway.settings import Limits, Rate

Key = TypeVar("Key", bound=Hashable)


class Buckets(Generic[Key]):
    """One token bucket for each key; the longest unused is forgotten first."""

    def __init__(self, rate: Rate, *, remembered: int) -> None:
        self._rate = rate
        self._remembered = remembered
        self._states: OrderedDict[Key, tuple[float, float]] = (
            OrderedDict()
        )  # tokens, and when they were counted

    def __len__(self) -> int:
        return len(self._states)

    def _tokens_count(self, key: Key, now_s: float) -> float:
        tokens_count, at_s = self._states.get(key, (self._rate.burst_count, now_s))
        return min(tokens_count + (now_s - at_s) * self._rate.refill_per_s, self._rate.burst_count)

    def take(self, key: Key, now_s: float) -> float:
        """Take one token. Returns 0.0 if there was one, else the seconds until there is."""
        tokens_count = self._tokens_count(key, now_s)
        missing_count = max(1.0 - tokens_count, 0.0)
        self._keep(key, tokens_count if missing_count else tokens_count - 1.0, now_s)
        return missing_count / self._rate.refill_per_s

    def give_back(self, key: Key, now_s: float) -> None:
        """Give back one token: what was tried turned out well."""
        if key in self._states:
            full_count = self._rate.burst_count
            self._keep(key, min(self._tokens_count(key, now_s) + 1.0, full_count), now_s)

    def _keep(self, key: Key, tokens_count: float, now_s: float) -> None:
        self._states[key] = (tokens_count, now_s)
        self._states.move_to_end(key)
        if len(self._states) > self._remembered:
            self._states.popitem(last=False)


class BackOff:
    """Pauses that double with every wrong secret of one address for one identity.

    The pair counts, so that nobody can lock a station out by guessing from elsewhere.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = (
            OrderedDict()
        )  # how many, until when

    def wait_s(self, pair: tuple[str, str], now_s: float) -> float:
        """Return how long this address still has to wait with this identity, 0.0 if it may try now."""
        _, until_s = self._failures.get(pair, (0, now_s))
        return max(until_s - now_s, 0.0)

    def failed(self, pair: tuple[str, str], now_s: float) -> None:
        """Count one wrong secret."""
        failures = self._failures.get(pair, (0, now_s))[0] + 1
        doublings = min(failures - self._limits.back_off_after_failures, 30)
        pause_s = min(self._limits.back_off_first_s * 2.0**doublings, self._limits.back_off_longest_s)
        self._failures[pair] = (failures, now_s + pause_s if doublings >= 0 else now_s)
        self._failures.move_to_end(pair)
        if len(self._failures) > self._limits.remembered:
            self._failures.popitem(last=False)

    def succeeded(self, pair: tuple[str, str]) -> None:
        """Forget what went wrong."""
        self._failures.pop(pair, None)


def address_group(address: str) -> str:
    """Return whom an address stands for: itself, or of IPv6 its /64, which one customer has for himself."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return address
