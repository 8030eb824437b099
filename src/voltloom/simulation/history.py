"""Sessions that ended before a simulation begins, as what its forecasts have learned."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

from voltloom.forecast.spreads import Amount
from voltloom.forecast.visits import NOWHERE, Visit, Visits, kept_visits, no_visits, remembered, visit_begun
from voltloom.session.need import Need
from voltloom.simulation.session_formats import Reading
from voltloom.simulation.session_rows import SessionRow
from voltloom.simulation.session_visits import SessionsTable
from voltloom.simulation.sessions_file import Selection, load_sessions
from voltloom.site.network import Network

Stated = Literal["actual", "typed", "none"]


def history_of(table: SessionsTable, network: Network, time_zone: str, before_s: float) -> Visits | None:
    """Return the visits of the table's history that were over before a moment, None where it names none.

    What drivers say in it is made as for the visits that are simulated. Bad rows teach nothing. Raises SessionFileError.
    """
    if not table.history:
        return None
    reading = Reading(
        site_time_zone=time_zone,
        time_zone=table.time_zone,
        columns=table.columns,
        periods_start=table.periods_start,
        period_s=table.battery_period_s,
    )
    rows = load_sessions(Path(table.history), reading, Selection(skips_bad_rows=True)).rows
    visits, kept = no_visits(), kept_visits(len(network.evse_ids))
    for row in sorted(rows, key=lambda row: row.departure_s):
        if row.departure_s > before_s:
            break
        need = Need(
            energy_wh=_said(table.stated_need, row.energy_wh, row.requested_wh),
            departure_s=_said(table.stated_departure, row.departure_s, row.requested_departure_s),
        )
        evse = network.index.get(row.station_id, NOWHERE)
        begun = visit_begun(row.user_id, row.arrival_s, need, time_zone, evse=evse)
        visits = remembered(visits, _over(begun, row), kept=kept)
    return visits


def _over(begun: Visit, row: SessionRow) -> Visit:
    return begun._replace(dwell_s=row.departure_s - row.arrival_s, energy_wh=row.energy_wh)


def _said(stated: Stated, actual: Amount, typed: Amount) -> Amount:
    """Return what a driver says, inf for nothing."""
    said = {"actual": actual, "typed": typed, "none": math.nan}[stated]
    return math.inf if math.isnan(said) else said
