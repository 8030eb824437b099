"""Write scenarios/caltech_54.toml's site from the numbers of the Caltech garage (JSON, taken from acnportal, BSD-3).

Outlets in the JSON's order; neighbours with the same angle, rows and currents become one block. Run it with the path of
network/caltech_54.json; it checks that every number comes back exactly before it writes.
"""

import argparse
import json
from itertools import groupby
from pathlib import Path
from typing import Any

SITE = Path(__file__).resolve().parent.parent / "scenarios" / "sites" / "caltech_54.toml"
HEAD = """\
# The Caltech garage: 54 outlets of 208 V between phases behind a delta-wye transformer, as rows of a phasor matrix.
# Numbers from acnportal 0.3.3 (BSD-3, see ATTRIBUTION.md beside this file). Made by scripts/make_caltech_site.py.

name = "Caltech garage"
time_zone = "America/Los_Angeles"
between_phases_v = 208.0
offline_a = 0.0

# The rows of the transformer scale with it: --set site.transformer.rating_kw=50
[transformer]
rating_kw = 150.0
"""
NAMES = {
    (30.0, ""): "ab",
    (30.0, "AV Pod"): "av_pod",
    (30.0, "CC Pod"): "cc_pod",
    (-90.0, ""): "bc",
    (150.0, ""): "ca",
}
TRANSFORMER_V = {"Secondary": 120.0, "Primary": 277.0}


def blocks_of(garage: dict[str, Any]) -> list[tuple[str, float, list[int]]]:
    """Return (name, angle, columns) of each run of like outlets."""
    pods = [row for row, name in enumerate(garage["constraints"]) if name.endswith("Pod")]

    def kind(column: int) -> tuple[float, str]:
        inside = [garage["constraints"][row] for row in pods if garage["matrix"][row][column]]
        return garage["phase_angle_deg"][column], inside[0] if inside else ""

    columns = range(len(garage["stations"]))
    return [(NAMES[key], key[0], list(run)) for key, run in groupby(columns, key=kind)]


def evse_text(garage: dict[str, Any], name: str, angle_deg: float, columns: list[int]) -> str:
    """Return one block of outlets; continuous currents from 0, as in the published comparisons."""
    ids = json.dumps([garage["stations"][c] for c in columns])
    return (
        f'\n[[evse]]\nname = "{name}"\nids = {ids}\nwiring = "line_to_line"\n'
        f"angle_deg = {angle_deg}\nmin_a = 0.0\nmax_a = 32.0\n"
    )


def limit_text(garage: dict[str, Any], row: int, blocks: list[tuple[str, float, list[int]]]) -> str:
    """Return one row of the matrix, by block."""
    name = garage["constraints"][row]
    parts = []
    for block, _, columns in blocks:
        values = {garage["matrix"][row][c] for c in columns}
        assert len(values) == 1, "a block's outlets differ"
        if value := values.pop():
            parts.append(f"{block} = {value}")
    rating = f"rating_a = {garage['magnitude_a'][row]}"
    for word, volts in TRANSFORMER_V.items():
        if name.startswith(word):
            per_kw = 1000.0 / 3.0 / volts
            assert abs(per_kw * garage["transformer_cap_kw"] - garage["magnitude_a"][row]) < 1e-9
            rating = f"rating_a_per_transformer_kw = {per_kw!r}  # 1000 W / 3 phases / {volts:g} V"
    return f'\n[[phasor_limit]]\nid = "{name}"\n{rating}\ncoefficients = {{ {", ".join(parts)} }}\n'


def main() -> None:
    """Write the site."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("garage", type=Path, help="network/caltech_54.json")
    garage = json.loads(parser.parse_args().garage.read_text(encoding="utf-8"))
    blocks = blocks_of(garage)
    text = HEAD + "".join(evse_text(garage, *block) for block in blocks)
    text += "".join(limit_text(garage, row, blocks) for row in range(len(garage["constraints"])))
    SITE.parent.mkdir(parents=True, exist_ok=True)
    SITE.write_text(text, encoding="utf-8")
    print(f"{len(garage['stations'])} outlets in {SITE}")
    for name, _, columns in blocks:
        print(name, sorted({json.dumps(garage["allowable_a"][garage["stations"][c]]) for c in columns}))


if __name__ == "__main__":
    main()
