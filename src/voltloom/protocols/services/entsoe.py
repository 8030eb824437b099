"""Day-ahead prices as the ENTSO-E transparency platform tells them (document type A44), to exact integers.

A Publication_MarketDocument holds time series of periods of points. Under curve type A03, which the platform uses, a
point whose price repeats is left out, also at a period's end; under A01 each is told. A day may be told twice: in a
coarser and a finer resolution, or by two auctions. The finest counts, then the first auction, then what came first. An
Acknowledgement_MarketDocument says why there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple
from xml.etree import ElementTree as Xml

from voltloom.protocols.services.answers import AnswerError, NothingYetError
from voltloom.protocols.services.prices import DayAheadPrices, Stretch, joined

SERVICE: Final = "ENTSO-E"
ALL_POINTS_TOLD: Final = "A01"
SEQUENCE: Final = "classificationSequence_AttributeInstanceComponent.position"
_STEP_S: Final = {"PT15M": 900, "PT30M": 1800, "PT60M": 3600, "PT1H": 3600, "P1D": 86_400}
_DAYS: Final = 32  # longer periods are no prices of the day ahead


class _PlainTree(Xml.TreeBuilder):
    """Builds a tree, unless the document has declarations of its own: they could unfold to more than memory holds."""

    def doctype(self, name: str, *_: str | None) -> None:
        """Raises AnswerError."""
        raise AnswerError(SERVICE, "DOCTYPE", f"'{name}' has no place in such a document")


class _Period(NamedTuple):
    """A period of one series. rank: which of two that tell the same time counts, the least."""

    rank: tuple[int, int, int]
    currency: str
    stretches: tuple[Stretch, ...]


def entsoe_prices(answer: bytes) -> DayAheadPrices:
    """Return the prices of an answer of the platform.

    Raises AnswerError naming the element; NothingYetError where the platform acknowledges that it has none.
    """
    root = _root(answer)
    if _name(root) == "Acknowledgement_MarketDocument":
        raise NothingYetError(SERVICE, "Reason", " ".join(_texts(root, "Reason", "text")) or "no reason told")
    if _name(root) != "Publication_MarketDocument":
        raise AnswerError(SERVICE, _name(root), "is no document of prices")
    series = [child for child in root if _name(child) == "TimeSeries"]
    periods = sorted(
        (period for number, each in enumerate(series) for period in _periods(number, each)),
        key=lambda period: period.rank,
    )
    currencies = {period.currency for period in periods}
    if len(currencies) > 1:
        raise AnswerError(SERVICE, "currency_Unit.name", f"is {' and '.join(sorted(currencies))} at once")
    return joined(SERVICE, "".join(currencies), _without_repeats(periods))


def _without_repeats(periods: list[_Period]) -> list[Stretch]:
    """Return the stretches of the periods, where two tell the same time that of the first."""
    taken: list[Stretch] = []
    for period in periods:
        free = [each for each in period.stretches if not any(_overlap(each, other) for other in taken)]
        taken += free
    return taken


def _overlap(one: Stretch, other: Stretch) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s


def _root(answer: bytes) -> Xml.Element:
    try:
        return Xml.fromstring(answer, Xml.XMLParser(target=_PlainTree()))
    except AnswerError:
        raise
    except (Xml.ParseError, LookupError, ValueError) as wrong:  # the last two: an encoding nobody knows
        raise AnswerError(SERVICE, "", f"is no XML: {wrong}") from wrong


def _periods(number: int, series: Xml.Element) -> Iterator[_Period]:
    unit = _text(series, "price_Measure_Unit.name")
    if unit != "MWH":
        raise AnswerError(SERVICE, "price_Measure_Unit.name", f"is '{unit}', not MWH")
    sequence = next(iter(_texts(series, SEQUENCE)), "1")
    if not sequence.isdecimal():
        raise AnswerError(SERVICE, SEQUENCE, f"is '{sequence}', no whole number")
    for period in (child for child in series if _name(child) == "Period"):
        resolution = _text(period, "resolution")
        if resolution not in _STEP_S:
            raise AnswerError(SERVICE, "resolution", f"is '{resolution}'")
        step_s = _STEP_S[resolution]
        is_whole = next(iter(_texts(series, "curveType")), "") == ALL_POINTS_TOLD
        yield _Period(
            rank=(step_s, int(sequence), number),
            currency=_text(series, "currency_Unit.name"),
            stretches=tuple(_stretches(period, step_s, is_whole=is_whole)),
        )


def _stretches(period: Xml.Element, step_s: int, *, is_whole: bool) -> Iterator[Stretch]:
    """Yield one stretch for each step of a period."""
    start_s, end_s = (_moment(_text(period, "timeInterval", edge), edge) for edge in ("start", "end"))
    count, rest_s = divmod(end_s - start_s, step_s)
    if rest_s or not 0 < end_s - start_s <= _DAYS * 86_400:
        raise AnswerError(SERVICE, "timeInterval", f"of {end_s - start_s} s is no whole number of steps")
    told = {}
    for point in (child for child in period if _name(child) == "Point"):
        position = _text(point, "position")
        if not position.isdecimal() or not 1 <= int(position) <= count:
            raise AnswerError(SERVICE, "position", f"is '{position}', not from 1 to {count}")
        told[int(position)] = _price(_text(point, "price.amount"))
    if 1 not in told or (is_whole and len(told) < count):
        missing = next(position for position in range(1, count + 1) if position not in told)
        raise AnswerError(SERVICE, "Point", f"position {missing} is missing")
    price = told[1]
    for place in range(count):
        price = told.get(place + 1, price)
        yield Stretch(start_s + place * step_s, start_s + (place + 1) * step_s, price)


def _price(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as wrong:
        raise AnswerError(SERVICE, "price.amount", f"is '{text}', no number") from wrong


def _moment(text: str, edge: str) -> int:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z", text):
        raise AnswerError(SERVICE, f"timeInterval/{edge}", f"is '{text}', no time in UTC")
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError as wrong:
        raise AnswerError(SERVICE, f"timeInterval/{edge}", f"is '{text}', no time") from wrong


def _name(element: Xml.Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts(element: Xml.Element, *path: str) -> list[str]:
    """Return the texts of the elements at a path below one, whatever their namespace."""
    found = [element]
    for name in path:
        found = [child for each in found for child in each if _name(child) == name]
    return [(each.text or "").strip() for each in found]


def _text(element: Xml.Element, *path: str) -> str:
    found = _texts(element, *path)
    if not found:
        raise AnswerError(SERVICE, "/".join(path), "is missing")
    return found[0]
