"""What rows bear of what vehicles feed in: beside everything else that may feed in until their leases end."""

from __future__ import annotations

from dataclasses import replace

from tests.controller.discharge.yard import discharging
from tests.places import row_of
from voltloom.controller.discharge.beside import export_grid
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import network_of
from voltloom.site.storage import storage_of
from voltloom.site.topology import Phase, Pv

PHASES = (Phase.L1, Phase.L2, Phase.L3)
LEASE_S = 1800.0


def test_a_lease_that_lasts_into_the_morning_leaves_room_for_the_sun() -> None:
    site = discharging(row_of(1, rating_a=100.0))
    plant = Pv(
        pv_id="roof",
        circuit_id=site.circuits[0].circuit_id,
        phases=PHASES,
        peak_w=60.0 * 3 * site.voltage_v,
        latitude_deg=50.0,
        longitude_deg=10.0,
    )
    site = replace(site, pvs=(plant,))
    network, safety = network_of(site), SafetySettings(margin_ratio=0.0)
    storage = storage_of(site, network)
    assert storage is not None
    dawn_s = next(minute * 60.0 for minute in range(24 * 60) if storage.pv_most_a(minute * 60.0).any())

    def borne_a(now_s: float) -> float:
        return float(export_grid(network, storage, safety, now_s, LEASE_S).rating_a.min())

    assert dawn_s > LEASE_S
    assert borne_a(dawn_s - LEASE_S - 60.0) == 100.0
    assert borne_a(dawn_s - 60.0) == borne_a(dawn_s) == 40.0
