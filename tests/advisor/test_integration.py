"""Which interfaces follow from what a site must talk to."""

from typing import get_args

from voltloom.advisor.integration import INTERFACES, integration_for
from voltloom.advisor.requirements import Need


def test_every_need_that_can_be_answered_has_its_interface() -> None:
    assert set(INTERFACES) == set(get_args(Need))


def test_v2g_asks_for_the_newest_stations_and_is_never_simple() -> None:
    found = integration_for(["billing", "v2g"])

    assert found.least_ocpp == "2.1"
    assert found.complexity == "high"
    assert "ISO 15118-20" in found.interfaces[1].speaks


def test_a_site_that_talks_to_nobody_is_simple() -> None:
    found = integration_for([])

    assert found.complexity == "low"
    assert found.least_ocpp == "1.6J"


def test_the_grid_operator_speaks_openadr_and_roaming_ocpi() -> None:
    found = integration_for(["grid_operator", "roaming"])

    assert [i.speaks for i in found.interfaces] == ["OpenADR 3", "OCPI 2.2.1"]
    assert found.complexity == "medium"
