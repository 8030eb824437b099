"""A reason in words: one sentence for the driver, one record for the operator, both from the same value.

Who caused it is settled before any text: what the car or the driver decided is never told as the site's doing.
"Paused" (nothing flows) and "slower" (less flows) are different words. Drivers read no amperes, but where somebody outside
limits the site: then they read who, to how much, and until when.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from voltloom.decision.plan import Planned
from voltloom.decision.reason import Cause, Reason
from voltloom.decision.wording import SOURCES, WORDS, Causer
from voltloom.session.outlet_order import OutletOrder
from voltloom.site.outside import LimitKind, OutsideLimit
from voltloom.units import SECONDS_PER_DAY, kw_from_w

SAME_A: Final = 0.05  # a smaller difference is no change to a driver
TOLD_DIGITS: Final = 3  # of an ampere, in an operator's record
PRICE_DIGITS: Final = 5  # of a price in the currency
AS_PLANNED: Final = "your car has time, and the plan gives it no more than this"
NOTHING_PLANNED: Final = "no more energy is planned for your car before it leaves"
MINOR_UNITS: Final = MappingProxyType(
    {"EUR": "ct", "USD": "ct", "CHF": "Rp.", "GBP": "p", "CAD": "ct", "AUD": "ct"}
)


class Movement(Enum):
    """What became of the power, in a driver's words."""

    PAUSED = "Paused"
    WAITING = "Waiting"
    STARTED = "Charging"
    SLOWER = "Slower now"
    FASTER = "Faster now"
    UNCHANGED = "Speed unchanged"
    FEEDS_BACK = "Feeding back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a driver may be told besides the reason.

    place_name: the shared circuit in words ("Hall A"). sharing_count: other cars on it. queue_place: 0 when not
    queued. lifts_s: when more power is expected, NaN where unknown. now_s: a limit that ends on another day is told with
    its date; NaN for the time alone.
    """

    time_zone: str
    place_name: str = "this site"
    sharing_count: int = 0
    queue_place: int = 0
    lifts_s: float = math.nan
    now_s: float = math.nan


def movement(reason: Reason, same_a: float = SAME_A) -> Movement:
    """Return what became of the power. same_a: a smaller difference is no change."""
    if reason.after_a < 0.0:
        return Movement.FEEDS_BACK
    if reason.after_a <= 0.0:
        return Movement.PAUSED if reason.before_a > 0.0 else Movement.WAITING
    if reason.before_a <= 0.0:
        return Movement.STARTED
    if abs(reason.after_a - reason.before_a) < same_a:
        return Movement.UNCHANGED
    return Movement.SLOWER if reason.after_a < reason.before_a else Movement.FASTER


def driver_sentence(reason: Reason, around: Around) -> str:
    """Return what a driver reads: what became of the power, why, and when more is expected."""
    moves = movement(reason)
    rises = moves in (Movement.FASTER, Movement.STARTED)
    because = _because(reason, rises=rises).format(
        place=around.place_name, others=_others(around.sharing_count)
    )
    if reason.imposed is not None:
        imposed = imposed_words(reason.imposed, around.now_s, around.time_zone)
        because = f"your share has grown, although {imposed}" if rises else imposed
    if reason.ordered is not None:
        return f"{_ordered_words(reason, reason.ordered, moves, around)}."
    planned = reason.planned
    if (
        reason.cause is Cause.PLANNED
        and planned is not None
        and not rises
        and math.isfinite(planned.starts_s)
    ):
        because = _planned_because(planned, around)
        around = replace(around, lifts_s=math.nan)  # the sentence has said when
    if reason.cause is Cause.FEEDS_BACK and planned is not None and math.isfinite(planned.starts_s):
        because, around = _feeds_because(planned, around), replace(around, lifts_s=math.nan)
    return f"{_head(reason.cause, moves)}: {because}.{_outlook(moves, around)}"


def operator_record(reason: Reason, evse_id: str, time_s: float, time_zone: str) -> dict[str, object]:
    """Return what an operator reads, ready for JSON: unknown and unlimited are None. Its time is UTC, in sentences the site's.

    Keys: time, evse, change, before_a, after_a, cause, causer, limit (row, node, phase, headroom_a), imposed (a limit from
    outside that is the cause: source, id, kind, sentence), ordered (an operator's order that is: most_a, is_boosted, until, sentence), boosted (EVSEs that an operator lets charge first, where that is the cause), planned (what the plan in force means for it), rule, inputs (oldest_age_s), lifts_when, architecture, mode.
    """
    words = WORDS[reason.cause]
    told = rounded_currents(reason)
    node, _, phase = reason.binding_row.partition("/")
    limit = {
        "row": reason.binding_row,
        "node": node,
        "phase": phase,
        "headroom_a": _finite(reason.headroom_a),
    }
    return {
        "time": f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "evse": evse_id,
        "change": movement(told, same_a=10.0**-TOLD_DIGITS / 2.0).name.lower(),
        "before_a": _finite(told.before_a),
        "after_a": _finite(told.after_a),
        "cause": reason.cause.name.lower(),
        "causer": words.causer.value,
        "limit": limit if reason.binding_row else None,
        "imposed": None if reason.imposed is None else _imposed(reason.imposed, time_s, time_zone),
        "ordered": None if reason.ordered is None else _ordered(reason.ordered, time_s, time_zone),
        "boosted": list(reason.boosted),
        "planned": None if reason.planned is None else _planned(reason, reason.planned, time_s, time_zone),
        "rule": words.rule,
        "inputs": {"oldest_age_s": _finite(reason.age_s)},
        "lifts_when": lifts_when(reason.cause),
        "architecture": reason.architecture,
        "mode": reason.mode,
    }


def rounded_currents(reason: Reason) -> Reason:
    """Return a reason with its currents as operators read them, so that words and numbers agree."""
    return replace(
        reason, before_a=round(reason.before_a, TOLD_DIGITS), after_a=round(reason.after_a, TOLD_DIGITS)
    )


def imposed_words(limit: OutsideLimit, now_s: float, time_zone: str) -> str:
    """Return who limits what to how much, and until when in the site's time; with the date where it is not today's."""
    zone = ZoneInfo(time_zone)
    until = datetime.fromtimestamp(limit.until_s, zone)
    is_today = not math.isfinite(now_s) or until.date() == datetime.fromtimestamp(now_s, zone).date()
    clock = f"{until:%H:%M}" if is_today else f"{until:%H:%M} on {until.day} {until:%B %Y}"
    place = limit.circuit_id or "the site"
    does = f"limits {place} to" if limit.kind is LimitKind.LIMIT else f"asks {place} to use at most"
    amount = f"{kw_from_w(limit.power_w):g} kW" if limit.power_w is not None else f"{limit.limit_a:g} A"
    return f"{SOURCES[limit.source]} {does} {amount} until {clock}"


def _imposed(limit: OutsideLimit, time_s: float, time_zone: str) -> dict[str, object]:
    words = imposed_words(limit, time_s, time_zone)
    return {
        "source": limit.source.value,
        "id": limit.limit_id,
        "kind": limit.kind.value,
        "sentence": f"{words[0].upper()}{words[1:]}.",
    }


def order_words(order: OutletOrder, now_s: float, time_zone: str) -> str:
    """Return what an operator ordered, and until when in the site's time: "limited to 10 A by the operator until 14:30"."""
    if order.is_boosted:
        does = "let charge first"
    else:
        does = f"limited to {order.most_a:g} A" if order.most_a else "paused"
    return f"{does} by the operator until {_end_of(order, now_s, time_zone)}"


def _ordered_words(reason: Reason, order: OutletOrder, moves: Movement, around: Around) -> str:
    until = _end_of(order, around.now_s, around.time_zone)
    if reason.after_a <= 0.0:
        return f"Paused by the operator until {until}"
    if order.is_boosted:
        return f"{moves.value}: the operator lets your car charge first until {until}"
    return f"{moves.value}: the operator limits this outlet to {order.most_a:g} A until {until}"


def _end_of(order: OutletOrder, now_s: float, time_zone: str) -> str:
    return _clock(order.until_s, now_s, time_zone) if math.isfinite(order.until_s) else "the car leaves"


def _ordered(order: OutletOrder, time_s: float, time_zone: str) -> dict[str, object]:
    words, ends = order_words(order, time_s, time_zone), math.isfinite(order.until_s)
    return {
        "most_a": order.most_a,
        "is_boosted": order.is_boosted,
        "until": f"{datetime.fromtimestamp(order.until_s, UTC):%Y-%m-%dT%H:%M:%SZ}" if ends else None,
        "sentence": f"{words[0].upper()}{words[1:]}.",
    }


def planned_words(planned: Planned, now_s: float, time_zone: str, given_a: float = 0.0) -> str:
    """Return what an operator reads of a plan: "waits for 22:00, 11 ct/kWh cheaper", and the limit that binds with its price.

    given_a: what the vehicle feeds back: "feeds back 10 A until 22:00, when power is 11 ct/kWh cheaper".
    """
    parts = []
    if given_a > 0.0:
        feeds, less = f"feeds back {given_a:g} A", _cheaper(planned)
        if math.isfinite(planned.starts_s):
            feeds += f" until {_clock(planned.starts_s, now_s, time_zone)}"
            feeds += f", when power is {less} cheaper" if less else ""
        parts.append(feeds)
    elif math.isfinite(planned.starts_s):
        waits = f"waits for {_clock(planned.starts_s, now_s, time_zone)}"
        less = _cheaper(planned)
        parts.append(f"{waits}, {less} cheaper" if less else waits)
    if planned.circuit:
        worth = f"an ampere more on each phase for an hour is worth {shadow_words(planned)}"
        parts.append(f"{planned.circuit} is full: {worth}")
    return "; ".join(parts) if parts else "goes by the plan"


def shadow_words(planned: Planned) -> str:
    """Return a shadow price in words, as money or as energy that could be delivered."""
    if planned.currency:
        return amount_words(planned.shadow_per_ah, planned.currency, planned.minor_digits)
    return f"{planned.shadow_per_ah:.3g} kWh"


def amount_words(amount_eur: float, currency: str, minor_digits: int) -> str:
    """Return a small amount of any currency in its minor unit where that has a name, else in the currency."""
    minor = amount_eur * 10**minor_digits
    name = MINOR_UNITS.get(currency)
    if name is not None:
        return f"{minor:.0f} {name}" if abs(minor) >= 9.95 else f"{minor:.2g} {name}"
    return f"{amount_eur:.{minor_digits}f} {currency}"


def _because(reason: Reason, *, rises: bool) -> str:
    """Return the clause of a cause: of a rise, of a car alone, of one that gets nothing, or of one that is held back."""
    words = WORDS[reason.cause]
    if rises:
        return words.more
    if reason.cause is Cause.BELOW_MINIMUM and not reason.binding_row:
        return "your car would get less than it can charge with for now"
    if (
        reason.cause is Cause.PLANNED
        and reason.planned is not None
        and not math.isfinite(reason.planned.starts_s)
    ):
        return AS_PLANNED if reason.after_a > 0.0 else NOTHING_PLANNED
    if reason.is_alone and words.alone:
        return words.alone
    return words.still if words.still and reason.after_a <= 0.0 else words.less


def _planned_because(planned: Planned, around: Around) -> str:
    clock, less = _clock(planned.starts_s, around.now_s, around.time_zone), _cheaper(planned)
    if less:
        return f"your car has time and waits for {clock}, when power is {less} cheaper"
    return f"your car has time, and more of its energy is planned from {clock} on"


def _feeds_because(planned: Planned, around: Around) -> str:
    clock, less = _clock(planned.starts_s, around.now_s, around.time_zone), _cheaper(planned)
    keeps = "your car keeps at least the charge you asked for"
    if less:
        return f"power is dear until {clock}, {less} cheaper from then on, and {keeps}"
    return f"your car helps the site until {clock}, and {keeps}"


def _cheaper(planned: Planned) -> str:
    """Return by how much a kWh is cheaper later, "" where it is not or prices do not count."""
    less = planned.price_now_per_kwh - planned.price_then_per_kwh
    if not less * 10**planned.minor_digits >= 0.05:  # also where it is unknown
        return ""
    return f"{amount_words(less, planned.currency, planned.minor_digits)}/kWh"


def _planned(reason: Reason, planned: Planned, time_s: float, time_zone: str) -> dict[str, object]:
    given_a = max(-round(reason.after_a, TOLD_DIGITS), 0.0)
    words = planned_words(planned, time_s, time_zone, given_a)
    starts = planned.starts_s
    return {
        "starts": f"{datetime.fromtimestamp(starts, UTC):%Y-%m-%dT%H:%M:%SZ}"
        if math.isfinite(starts)
        else None,
        "price_now_per_kwh": _price(planned.price_now_per_kwh),
        "price_then_per_kwh": _price(planned.price_then_per_kwh),
        "currency": planned.currency or None,
        "circuit": planned.circuit or None,
        "shadow_price_per_ah": _price(planned.shadow_per_ah) if planned.circuit else None,
        "sentence": f"{words[0].upper()}{words[1:]}.",
    }


def _clock(time_s: float, now_s: float, time_zone: str) -> str:
    """Return a moment as the site's clock shows it, with its date where that is more than a day away."""
    local = datetime.fromtimestamp(time_s, ZoneInfo(time_zone))
    is_far = math.isfinite(now_s) and time_s - now_s >= SECONDS_PER_DAY
    return f"{local:%H:%M} on {local.day} {local:%B}" if is_far else f"{local:%H:%M}"


def _price(price_per_kwh: float) -> float | None:
    return round(price_per_kwh, PRICE_DIGITS) if math.isfinite(price_per_kwh) else None


def lifts_when(cause: Cause) -> str:
    """Return what would lift a limit of this cause, as a sentence."""
    return f"Lifts when {WORDS[cause].lifts_when}."


def _head(cause: Cause, moves: Movement) -> str:
    """Return the first words; a car that stopped itself is limited by itself, not paused by the site."""
    is_still = moves in (Movement.PAUSED, Movement.WAITING)
    if cause is Cause.NEED_MET:
        return "Finished"
    if is_still and cause is Cause.FAULT:
        return "Out of order"
    if is_still and WORDS[cause].causer is Causer.VEHICLE and cause is not Cause.FIXED_ALLOCATION:
        return "Limited by your car"
    return moves.value


def _others(count: int) -> str:
    if count == 0:
        return "other cars"
    return "1 other car" if count == 1 else f"{count} other cars"


def _outlook(moves: Movement, around: Around) -> str:
    queue = f" You are number {around.queue_place} in the queue." if around.queue_place > 0 else ""
    if not math.isfinite(around.lifts_s):
        return queue
    clock = datetime.fromtimestamp(around.lifts_s, ZoneInfo(around.time_zone)).strftime("%H:%M")
    begins = moves in (Movement.PAUSED, Movement.WAITING)
    return f"{queue} {'Charging is' if begins else 'More power is'} expected about {clock}."


def _finite(value_a: float) -> float | None:
    return round(value_a, TOLD_DIGITS) if math.isfinite(value_a) else None
