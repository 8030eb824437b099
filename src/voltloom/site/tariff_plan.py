"""A tariff as TOML or JSON tables, or as a CSV of prices → `Tariff`, or every mistake at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from voltloom.site.mistakes import Mistake, PlanError, Table, did_you_mean, joined, shaped, shown
from voltloom.site.tariff import NANO, QUARTER_HOUR_S, PriceSeries, Season, Tariff

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MASKS = {"WEEKDAYS": range(5), "WEEKENDS": range(5, 7), "ALL": range(7)}
MONTH_DAY = re.compile(r"^(\d{1,2})-(\d{1,2})$")


class ScheduleTable(Table):
    """Prices of some days of the year; times are hours after local midnight."""

    id: str = ""
    effective_start: str = "1-1"
    effective_end: str = "12-31"
    dow_mask: Literal["WEEKDAYS", "WEEKENDS", "ALL"] | list[str] = "ALL"
    start_h: list[float] = Field(default_factory=lambda: [0.0], min_length=1, alias="times")
    price_per_kwh: list[float] = Field(alias="tariffs", min_length=1)
    demand_per_kw: float = Field(default=0, ge=0, alias="demand_charge")


class PriceColumns(Table):
    """Where a CSV of prices has what. unit: per kWh or per MWh. time_zone: of times without an offset. carbon: grams of CO2
    that come with a kWh, "" for no such column.

    time_format: as for strptime, for times that are not written as ISO 8601.
    """

    time: str
    price: str
    carbon: str = ""
    unit: Literal["per_kwh", "per_mwh"] = "per_mwh"
    time_zone: str = "UTC"
    time_format: str = ""


class TariffTable(Table):
    """A tariff. `file` names a JSON of this same shape; `prices` a CSV of prices instead of a schedule."""

    name: str = "tariff"
    currency: str = "USD"
    minor_digits: int = Field(default=2, ge=0, le=4)
    time_zone: str = ""
    demand_interval_s: float = Field(default=QUARTER_HOUR_S, gt=0)
    demand_per_kw: float = Field(default=0, ge=0, alias="demand_charge")
    schedule: list[ScheduleTable] = Field(default_factory=list)
    columns: PriceColumns | None = None
    effective: str = ""
    link: str = ""
    comment: str = ""


def tariff_of(
    table: Mapping[str, object], *, time_zone: str, path: str = "tariff", prices_csv: str = ""
) -> Tariff:
    """Return the tariff that a table describes.

    time_zone: the site's, where the tariff names none. prices_csv: the text of a CSV, read with `columns`.
    Raises PlanError with every mistake.
    """
    mistakes: list[Mistake] = []
    plan = shaped(table, TariffTable, path, mistakes)
    if plan is None:
        raise PlanError(mistakes)
    seasons = [
        _season(schedule, joined(path, ["schedule", schedule.id or number]), mistakes)
        for number, schedule in enumerate(plan.schedule)
    ]
    series = None
    if prices_csv and plan.columns is not None:
        series = _series(prices_csv, plan.columns, path, mistakes)
    elif not plan.schedule and not mistakes:
        what = "has neither a schedule nor prices"
        remedy = "Add [[tariff.schedule]], or prices and columns."
        mistakes.append(Mistake(path=path, value="", problem=what, remedy=remedy))
    if mistakes:
        raise PlanError(mistakes)
    return Tariff(
        name=plan.name,
        currency=plan.currency,
        time_zone=plan.time_zone or time_zone,
        seasons=tuple(season for season in seasons if season is not None),
        series=series,
        series_demand_nano_per_kw=nano(plan.demand_per_kw),
        minor_digits=plan.minor_digits,
        demand_interval_s=plan.demand_interval_s,
    )


def nano(price_per_unit: float) -> int:
    """Return a price in 1e-9 of the currency, as it was written."""
    return int((Decimal(repr(price_per_unit)) * NANO).to_integral_value())


def _season(table: ScheduleTable, where: str, mistakes: list[Mistake]) -> Season | None:
    before = len(mistakes)
    days = {key: _month_day(getattr(table, key)) for key in ("effective_start", "effective_end")}
    for key, day in days.items():
        if day is None:
            text = shown(getattr(table, key))
            what = Mistake(
                path=joined(where, [key]), value=text, problem="is no day", remedy='Write "06-01" for 1 June.'
            )
            mistakes.append(what)
    weekdays = _weekdays(table.dow_mask, where, mistakes)
    times = table.start_h
    if times[0] != 0.0 or any(a >= b for a, b in pairwise(times)) or times[-1] >= 24.0:
        remedy = "Write hours that rise from 0, such as [0, 8, 12.5]."
        problem = "must start at 0, rise, and stay under 24"
        mistakes.append(
            Mistake(path=joined(where, ["times"]), value=shown(times), problem=problem, remedy=remedy)
        )
    if len(times) != len(table.price_per_kwh):
        problem = f"has {len(table.price_per_kwh)} prices for {len(times)} times"
        path = joined(where, ["tariffs"])
        mistakes.append(
            Mistake(
                path=path, value=shown(table.price_per_kwh), problem=problem, remedy="Give each time a price."
            )
        )
    first, last = days["effective_start"], days["effective_end"]
    if len(mistakes) > before or first is None or last is None:
        return None
    return Season(
        season_id=table.id,
        first=first,
        last=last,
        weekdays=weekdays,
        start_min=tuple(round(hour * 60) for hour in times),
        price_nano_per_kwh=tuple(nano(price) for price in table.price_per_kwh),
        demand_nano_per_kw=nano(table.demand_per_kw),
    )


def _month_day(text: str) -> tuple[int, int] | None:
    matched = MONTH_DAY.match(text)
    if matched is None:
        return None
    month, day = int(matched[1]), int(matched[2])
    return (month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _weekdays(mask: str | list[str], where: str, mistakes: list[Mistake]) -> frozenset[int]:
    if isinstance(mask, str):
        return frozenset(DAY_MASKS[mask])
    for word in mask:
        if word.lower() not in DAY_NAMES:
            path = joined(where, ["dow_mask"])
            remedy = did_you_mean(word, DAY_NAMES)
            mistakes.append(Mistake(path=path, value=shown(word), problem="is no day", remedy=remedy))
    return frozenset(DAY_NAMES.index(w.lower()) for w in mask if w.lower() in DAY_NAMES)


def _moment(text: str, time_format: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, time_format)  # noqa: DTZ007  the caller adds the zone


def _series(text: str, columns: PriceColumns, path: str, mistakes: list[Mistake]) -> PriceSeries | None:
    """Return the prices of a CSV, in its own order of time; every bad line is a mistake."""
    reader = csv.DictReader(io.StringIO(text))
    header = list(reader.fieldnames or ())
    wanted = {"time": columns.time, "price": columns.price}
    if columns.carbon:
        wanted["carbon"] = columns.carbon
    for key, name in wanted.items():
        if name not in header:
            where = joined(path, ["columns", key])
            what = Mistake(
                path=where, value=shown(name), problem="no such column", remedy=did_you_mean(name, header)
            )
            mistakes.append(what)
    if not set(wanted.values()) <= set(header):
        return None
    before = len(mistakes)
    per_kwh = Decimal(NANO) / (1000 if columns.unit == "per_mwh" else 1)
    found: list[tuple[int, int]] = []
    carbon_g: list[float] = []
    for row in reader:
        where = f"{path}.prices line {reader.line_num}"
        try:
            moment = _moment(row[columns.time].strip(), columns.time_format)
            price = Decimal(row[columns.price].strip())
            if columns.carbon:
                carbon_g.append(float(Decimal(row[columns.carbon].strip())))
        except (ValueError, InvalidOperation):
            stands = shown(f"{row[columns.time]},{row[columns.price]}")
            remedy = "Write 2024-01-01 00:00:00 and a number, or set columns.time_format."
            mistakes.append(Mistake(path=where, value=stands, problem="is no time and price", remedy=remedy))
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(columns.time_zone))
        found.append((int(moment.astimezone(UTC).timestamp()), int((price * per_kwh).to_integral_value())))
    for (early, _), (late, _) in pairwise(found):
        if late <= early:
            moment = datetime.fromtimestamp(late, UTC)
            problem = f"{moment:%Y-%m-%d %H:%M} UTC does not come after the line before it"
            remedy = "Sort the lines; where clocks change use UTC."
            mistakes.append(Mistake(path=joined(path, ["prices"]), value="", problem=problem, remedy=remedy))
            break
    if len(mistakes) > before or not found:
        return None
    last = found[-1][0] - found[-2][0] if len(found) > 1 else 3600
    return PriceSeries(
        start_s=tuple(start for start, _ in found),
        price_nano_per_kwh=tuple(price for _, price in found),
        end_s=found[-1][0] + last,
        carbon_g_per_kwh=tuple(carbon_g),
    )
