"""The price service in a site's file: where the prices that the site pays come from, beside its standing tariff."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from voltloom.live.services.fetching import is_usable
from voltloom.live.services.prices import PriceService
from voltloom.site.mistakes import Mistake, Table, joined, shaped, shown
from voltloom.site.tariff import Tariff
from voltloom.site.tariff_plan import nano

PATH = "control.planning.buys.service"


class PriceServiceTable(Table):
    """A service of day-ahead prices; keys as in `PriceService`. token_file: holds the token and nothing else."""

    kind: Literal["awattar", "energy-charts", "entsoe"]
    url: str
    token_file: str = ""
    adds_per_kwh: float = Field(default=0.0, ge=-10.0, le=10.0)
    every_s: float = Field(default=3600.0, ge=60.0, le=86_400.0)
    stale_s: float = Field(default=93_600.0, ge=3600.0)
    file: str = "prices.kept"


def price_service_of(
    buys: Mapping[str, object] | None, tariff: Tariff | None, folder: Path, mistakes: list[Mistake]
) -> PriceService | None:
    """Return the service whose prices take the place of a standing tariff's, None without one; mistakes are added."""
    given = None if buys is None else buys.get("service")
    if given is None:
        return None
    if not isinstance(given, Mapping):
        mistakes.append(_wrong("", shown(given), "is no table", "Write kind and url."))
        return None
    table = shaped(given, PriceServiceTable, PATH, mistakes)
    if table is None or tariff is None:
        return None
    if tariff.series is not None:
        problem = "stands beside prices by moment"
        mistakes.append(
            _wrong("", table.kind, problem, "Give a price_per_kwh or a schedule to fall back to.")
        )
    if not is_usable(table.url):
        mistakes.append(_wrong("url", "", "is neither http nor https", "Write the service's address."))
    if table.kind == "entsoe" and not table.token_file:
        remedy = 'Write token_file = "entsoe.token" and put the token of your account there.'
        mistakes.append(
            _wrong("token_file", "", "is missing: ENTSO-E answers nobody without a token", remedy)
        )
    token = ""
    if table.token_file:
        try:
            token = (folder / table.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            mistakes.append(_wrong("token_file", table.token_file, "cannot be read", "Put the token in it."))
    return PriceService(
        kind=table.kind,
        url=table.url,
        token=token,
        currency=tariff.currency,
        adds_nano_per_kwh=nano(table.adds_per_kwh),
        every_s=table.every_s,
        stale_s=table.stale_s,
        file=folder / table.file if table.file else None,
    )


def _wrong(key: str, value: str, problem: str, remedy: str) -> Mistake:
    path = joined(PATH, [key]) if key else PATH
    return Mistake(path=path, value=value, problem=problem, remedy=remedy)
