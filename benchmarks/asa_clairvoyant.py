"""The papers' clairvoyant: ASA's problem once over all days with every visit known; what no planner can exceed.

    .venv-acnsim/bin/python -m benchmarks.asa_clairvoyant --sessions FILE --cap-kw 50 [--objective profit]

Ideal batteries and continuous pilots, as published. Its peak is also what the published hint is taken from. Runs inside the
acnportal environment only.
"""

import argparse
import json
import sys
import time

import numpy as np
from acnportal.acnsim.interface import InfrastructureInfo

from benchmarks.acnsim_month import PERIOD_MIN, Visit, network_of, parser_of, visits_of
from benchmarks.asa_direct import Pays, planned_directly
from benchmarks.asa_month import bill_of, money_of


def one_outlet_each(options: argparse.Namespace, visits: list[Visit]) -> InfrastructureInfo:
    """Return the network with an outlet for every visit, where its station is."""
    network = network_of(options)
    places = [network.station_ids.index(visit.station_id) for visit in visits]
    return InfrastructureInfo(
        network.constraint_matrix[:, places],
        network.magnitudes,
        network._phase_angles[places],
        network._voltages[places],
        network.constraint_index,
        [visit.session_id for visit in visits],
        network.max_pilot_signals[places],
        np.zeros(len(places)),
    )


def outcome(options: argparse.Namespace) -> dict[str, object]:
    """Return the most that could be delivered or earned, with its peak."""
    visits, _ = visits_of(options)
    infrastructure = one_outlet_each(options, visits)
    horizon = max(visit.departure for visit in visits)
    most_a = np.zeros((len(visits), horizon))
    for row, visit in enumerate(visits):
        power_a = 1000 * visit.max_power_kw / infrastructure.voltages[row]
        most_a[row, visit.arrival : visit.departure] = min(infrastructure.max_pilot[row], power_a)
    money, kw_per_a = money_of(options, horizon), infrastructure.voltages / 1000
    wanted_kwh = np.array([visit.requested_kwh for visit in visits])
    is_profit = options.objective == "profit"
    margins = money.revenue_per_kwh - money.prices_per_kwh[:horizon]
    pays = Pays(
        per_a=margins * kw_per_a[0] * PERIOD_MIN / 60 if is_profit else np.ones(horizon),
        kw_per_a=kw_per_a,
        kwh_per_a=kw_per_a * PERIOD_MIN / 60,
        wanted_kwh=wanted_kwh,
        equal_share_weight=0.0,
        peak_per_kw=money.demand_charge_per_kw if is_profit else 0.0,
        peak_before_kw=0.0,
    )
    began_s = time.process_time()
    plan_a = planned_directly(
        least_a=np.zeros_like(most_a), most_a=most_a, pays=pays, infrastructure=infrastructure
    )
    cpu_s = time.process_time() - began_s
    if plan_a is None:
        raise SystemExit("Clarabel found no optimum")
    delivered_kwh = float((pays.kwh_per_a @ plan_a).sum())
    return {
        "objective": options.objective,
        "cap_kw": options.cap_kw,
        "sessions": len(visits),
        "requested_kwh": float(wanted_kwh.sum()),
        "delivered_kwh": delivered_kwh,
        "delivered_ratio": delivered_kwh / float(wanted_kwh.sum()),
        "peak_kw": float((kw_per_a @ plan_a).max()),
        **bill_of(money, plan_a, delivered_kwh),
        "cpu_s": cpu_s,
    }


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--objective", choices=("energy", "profit"), default="energy")
    parser.add_argument("--revenue-per-kwh", type=float, default=0.30)
    parser.set_defaults(hint_kw=0.0)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    json.dump(outcome(options_of(sys.argv[1:])), sys.stdout, indent=1)
    print()
