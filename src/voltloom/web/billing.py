"""Prices and bills as the journal's read models have them: whole numbers, so that whoever adds them up gets what is billed."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from voltloom.live.config.api import ApiKey, Role
from voltloom.site.tariff import PriceSeries, Season, Tariff, TariffError
from voltloom.store.billed import KeptBill, KeptTariff, kept_bill, kept_tariffs
from voltloom.web.keys import at_least
from voltloom.web.money_models import BillLineOut, BillOut, SeasonOut, SeriesOut, TariffOut
from voltloom.web.problems import Problem
from voltloom.web.reading import Count, Running, Viewer, is_token_of
from voltloom.web.views import LATEST_S

EARLIEST_S = datetime(1, 1, 1, tzinfo=UTC).timestamp()
router = APIRouter(prefix="/api/v1", tags=["bills"])


@router.get("/tariffs", dependencies=[Viewer])
async def get_tariffs(
    site: Running, count: Count = 50, skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0
) -> list[TariffOut]:
    """The tariffs that are coming, in force, past, and replaced before they ended; the one that begins last comes first."""
    kept = await site.journal.run(lambda connection: kept_tariffs(connection, site.config.node))
    now_s = site.clock.now_s()
    return [tariff_view(one, now_s) for one in kept[skip : skip + count]]


@router.get("/bills/{session_id:path}")
async def get_bill(
    session_id: str, site: Running, key: Annotated[ApiKey, Depends(at_least(Role.DRIVER))]
) -> BillOut:
    """What a closed session costs, line by line. A driver's key: of its own sessions."""
    kept = await site.journal.run(lambda connection: kept_bill(connection, site.config.node, session_id))
    if kept is None or not is_token_of(key, kept.id_token):
        detail = f"No closed session '{session_id}' is known. See /api/v1/sessions/closed."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return bill_view(kept)


def tariff_view(kept: KeptTariff, now_s: float) -> TariffOut:
    """Return a tariff as it stands at a moment."""
    tariff = kept.tariff
    return TariffOut(
        seq=kept.seq,
        name=tariff.name,
        standing=(standing := _standing(kept, now_s * 1000.0)),
        begins=_moment(kept.from_ms),
        ends=None if kept.until_ms is None else _moment(kept.until_ms),
        currency=tariff.currency,
        minor_digits=tariff.minor_digits,
        time_zone=tariff.time_zone,
        price_nano_per_kwh=_price_nano(tariff, now_s) if standing == "in_force" else None,
        charging_nano_per_h=tariff.charging_nano_per_h,
        idle_nano_per_h=tariff.idle_nano_per_h,
        seasons=[_season(season) for season in tariff.seasons],
        series=None if tariff.series is None else _series(tariff.series),
    )


def bill_view(kept: KeptBill) -> BillOut:
    """Return a bill with its lines."""
    return BillOut(
        session=kept.session_id,
        status=kept.status,
        tariff=kept.tariff,
        currency=kept.currency,
        minor_digits=kept.minor_digits,
        energy_tenth_wh=kept.energy_tenth_wh,
        exported_tenth_wh=kept.exported_tenth_wh,
        total_minor=kept.total_minor,
        note=kept.note,
        lines=[
            BillLineOut(
                kind=line.kind.value,
                duration_ms=line.duration_ms,
                price_nano_per_h=line.price_nano_per_h,
                start=_moment(line.start_ms),
                end=_moment(line.end_ms),
                price_nano_per_kwh=line.price_nano_per_kwh,
                energy_tenth_wh=line.energy_tenth_wh,
                amount_minor=line.amount_minor,
            )
            for line in kept.lines
        ],
    )


def _standing(kept: KeptTariff, now_ms: float) -> Literal["coming", "in_force", "past", "replaced"]:
    if kept.is_replaced:
        return "replaced"
    if kept.from_ms > now_ms:
        return "coming"
    return "past" if kept.until_ms is not None and kept.until_ms <= now_ms else "in_force"


def _price_nano(tariff: Tariff, now_s: float) -> int | None:
    try:
        return tariff.price_nano_at(now_s)
    except TariffError:  # a list of prices may have ended
        return None


def _season(season: Season) -> SeasonOut:
    return SeasonOut(
        id=season.season_id,
        first=f"{season.first[0]:02}-{season.first[1]:02}",
        last=f"{season.last[0]:02}-{season.last[1]:02}",
        weekdays=sorted(season.weekdays),
        starts_min=list(season.start_min),
        prices_nano_per_kwh=list(season.price_nano_per_kwh),
    )


def _series(series: PriceSeries) -> SeriesOut:
    return SeriesOut(
        start=_moment(series.start_s[0] * 1000),
        end=_moment(series.end_s * 1000),
        prices_count=len(series.start_s),
    )


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(at_ms / 1000.0, EARLIEST_S), LATEST_S), UTC)
