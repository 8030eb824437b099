"""The prices in a site's file: what drivers pay, each [[tariff]] with its beginning, and what the site itself pays."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from voltloom.live.config.controlling import moment_s
from voltloom.site.mistakes import Mistake, PlanError, joined, shown
from voltloom.site.tariff import Tariff, TariffError, price_steps
from voltloom.site.tariff_plan import nano, tariff_of

DEAREST_PER_H = 1e6  # more is a slip of the pen, and a year of it must fit the tables
BUYS = "control.planning.buys"
TIME_PRICES = ("charging_price_per_h", "idle_price_per_h")
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedFrom:
    """A tariff and the moment from which sessions that begin are billed by it, ms since 1970 UTC."""

    from_ms: int
    tariff: Tariff


def tariffs_of(
    tables: Sequence[Mapping[str, object]], zone: str, folder: Path, mistakes: list[Mistake]
) -> tuple[PricedFrom, ...]:
    """Return the tariffs by their beginning; what is wrong is added to the mistakes.

    Beside the keys of `site/tariff_plan.py`: from (a date or moment; without one it has always held), price_per_kwh
    (one price at all times), prices (a CSV's file, read with `columns`), charging_price_per_h and idle_price_per_h (for
    time; a site's own tariff in a scenario has none).
    """
    found: dict[int, PricedFrom] = {}
    for number, table in enumerate(tables):
        given = dict(table)
        path = joined("tariff", [given.get("name", number)])
        begins, flat, file = (given.pop(key, None) for key in ("from", "price_per_kwh", "prices"))
        before = len(mistakes)
        charging, idle = (_per_h(given.pop(key, 0), joined(path, [key]), mistakes) for key in TIME_PRICES)
        from_ms = _from_ms(begins, zone, path, mistakes)
        prices_csv = "" if file is None else _text(file, folder, joined(path, ["prices"]), mistakes)
        if flat is not None:
            _flatten(given, flat, path, mistakes)
        try:
            tariff = tariff_of(given, time_zone=zone, path=path, prices_csv=prices_csv)
        except PlanError as error:
            mistakes += error.mistakes
            continue
        tariff = replace(tariff, charging_nano_per_h=charging, idle_nano_per_h=idle)
        if len(mistakes) == before:
            _check_year(tariff, from_ms, path, mistakes)
        if from_ms in found:
            problem = f"'{found[from_ms].tariff.name}' begins at the same moment"
            mistakes.append(_wrong(joined(path, ["from"]), begins or "", problem, "Keep one of them."))
        found[from_ms] = PricedFrom(from_ms=from_ms, tariff=tariff)
    return tuple(found[from_ms] for from_ms in sorted(found))


def buys_of(
    table: Mapping[str, object] | None, zone: str, folder: Path, mistakes: list[Mistake]
) -> Tariff | None:
    """Return the tariff that the site itself pays, None without a table; what is wrong is added to the mistakes.

    Beside the keys of `site/tariff_plan.py`: price_per_kwh (one price at all times), file (a JSON of the same shape, whose keys
    those of the table replace), prices (a CSV's file, read with `columns`), service (see `buying.price_service_of`).
    """
    if table is None:
        return None
    given, path = {key: value for key, value in table.items() if key != "service"}, BUYS
    flat, prices, file = (given.pop(key, None) for key in ("price_per_kwh", "prices", "file"))
    before = len(mistakes)
    if file is not None:
        given = _inside(_text(file, folder, joined(path, ["file"]), mistakes), path, mistakes) | given
    prices_csv = "" if prices is None else _text(prices, folder, joined(path, ["prices"]), mistakes)
    if flat is not None:
        _flatten(given, flat, path, mistakes)
    if len(mistakes) == before and "schedule" not in given and not prices_csv:
        problem = "has a service and no prices to fall back to" if "service" in table else "has no prices"
        remedy = f"Add price_per_kwh to [{path}], or [[{path}.schedule]], or prices and columns."
        mistakes.append(_wrong(path, "", problem, remedy))
    if len(mistakes) > before:
        return None  # what could not be read would be told once more as missing
    try:
        tariff = tariff_of(given, time_zone=zone, path=path, prices_csv=prices_csv)
    except PlanError as error:
        mistakes += error.mistakes
        return None
    _check_year(tariff, 0, path, mistakes)
    return tariff


def _inside(text: str, path: str, mistakes: list[Mistake]) -> dict[str, object]:
    """Return the table of a JSON file's text."""
    where = joined(path, ["file"])
    try:
        found = json.loads(text) if text else {}
    except json.JSONDecodeError as wrong:
        mistakes.append(_wrong(where, "", f"is no JSON: {wrong}", "Correct it."))
        return {}
    if isinstance(found, dict):
        return found
    mistakes.append(_wrong(where, "", "holds no table", "Give a JSON object, as scenarios/tariffs has one."))
    return {}


def _from_ms(begins: object, zone: str, path: str, mistakes: list[Mistake]) -> int:
    if begins is None:
        return 0
    if isinstance(begins, datetime | date):
        return round(moment_s(begins, zone) * 1000.0)
    remedy = "Write a date without quotes, such as 2026-01-01."
    mistakes.append(_wrong(joined(path, ["from"]), begins, "is no date", remedy))
    return 0


def _text(file: object, folder: Path, path: str, mistakes: list[Mistake]) -> str:
    try:
        return (folder / str(file)).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        said = getattr(wrong, "strerror", None) or "is no text"
        problem, remedy = f"cannot be read ({said})", "Give a file beside this one."
        mistakes.append(_wrong(path, file, problem, remedy))
        return ""


def _flatten(given: dict[str, object], flat: object, path: str, mistakes: list[Mistake]) -> None:
    """Write one price at all times as the schedule it stands for."""
    where = joined(path, ["price_per_kwh"])
    if not isinstance(flat, int | float) or isinstance(flat, bool) or flat < 0:
        mistakes.append(_wrong(where, flat, "is no price", "Write a number, such as 0.45."))
    elif "schedule" in given:
        mistakes.append(_wrong(where, flat, "stands beside a schedule", "Keep one of them."))
    given.setdefault("schedule", [{"tariffs": [float(flat) if isinstance(flat, int | float) else 0.0]}])


def _per_h(value: object, path: str, mistakes: list[Mistake]) -> int:
    """Return a price for time in 1e-9 of the currency per hour."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < DEAREST_PER_H:
        mistakes.append(_wrong(path, value, "is no price", "Write a number of at least 0, such as 6.0."))
        return 0
    return nano(value)


def _check_year(tariff: Tariff, from_ms: int, path: str, mistakes: list[Mistake]) -> None:
    """Add where a year from its beginning has a moment with no price, or two."""
    if tariff.series is not None:
        return  # prices by moment end somewhere: a session beyond them has no price and says so
    start_s = from_ms / 1000.0
    try:
        price_steps(tariff, start_s, start_s + 366.0 * _DAY_S)
    except TariffError as wrong:
        remedy = "Cover every day of the year once."
        mistakes.append(Mistake(path=joined(path, ["schedule"]), value="", problem=str(wrong), remedy=remedy))


def _wrong(path: str, value: object, problem: str, remedy: str) -> Mistake:
    return Mistake(path=path, value=shown(value) if value != "" else "", problem=problem, remedy=remedy)
