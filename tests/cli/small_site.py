"""A small site as files: three outlets on one circuit that cannot give all of them full power, a few sessions."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """
name = "Small garage"
seed = 3
step_s = 60.0

[site]
name = "Small garage"
time_zone = "Europe/Berlin"
voltage_v = 230.0

[[site.circuit]]
id = "grid"
rating_a = {rating_a}

[[site.evse]]
ids = ["{first_evse}", "B2", "B3"]
circuit = "grid"
max_a = 16.0

[sessions]
file = "sessions.csv"

[control]
period_s = 60.0

[[faults.mild]]
kind = "station_offline"
target = ["any"]
spread_s = 20000.0
length_s = 900.0
count = 3
"""
HEAD = "session_id,station_id,arrival,departure,energy_kwh,requested_kwh,requested_departure"


def write_small_site(folder: Path, *, rating_a: float = 20.0, first_evse: str = "B1", days: int = 1) -> Path:
    """Write scenario and sessions; return the scenario's file."""
    rows = [HEAD]
    for day in range(1, days + 1):
        date = f"2024-03-{day:02}"
        rows += [
            f'{date}-a,"{first_evse}",{date}T08:00:00Z,{date}T11:00:00Z,12.0,12.0,{date}T11:00:00Z',
            f"{date}-b,B2,{date}T08:10:00Z,{date}T12:00:00Z,14.0,14.0,{date}T12:00:00Z",
            f"{date}-c,B3,{date}T09:00:00Z,{date}T10:30:00Z,9.0,9.0,{date}T10:30:00Z",
        ]
    (folder / "sessions.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    file = folder / "small.toml"
    file.write_text(SCENARIO.format(rating_a=rating_a, first_evse=first_evse), encoding="utf-8")
    return file
