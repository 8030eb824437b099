"""Numbers as people read them."""

import math

import pytest

from voltloom.advisor import formats


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (formats.number(math.nan), "–"),
        (formats.number(-0.04), "0.0"),
        (formats.number(-1234.5), "−1\u202f234.5"),
        (formats.signed(2.0), "+2.0"),
        (formats.signed(0.01), "0.0"),
        (formats.signed(-2.0), "−2.0"),
        (formats.percent(0.9312), "93.1 %"),
        (formats.percent(math.nan), "–"),
        (formats.kw(22_049.0), "22.0 kW"),
        (formats.kwh(99_949.0), "99.9 kWh"),
        (formats.kwh(100_400.0), "100 kWh"),
        (formats.duration(3_900.0), "1 h 05 min"),
        (formats.duration(59.4), "59 s"),
        (formats.duration(-300.0), "−5 min"),
        (formats.duration(math.nan), "–"),
        (formats.money(12_345.0, "USD"), "123.45 USD"),
        (formats.money(12_345.0, ""), "–"),
        (formats.clock(0.0, "Europe/Berlin"), "01:00"),
        (formats.moment(math.nan, "UTC"), "–"),
        (formats.counted(1, "EVSE"), "1 EVSE"),
        (formats.listed(["a", "b", "c"]), "a, b and c"),
    ],
)
def test_a_number_reads_as_people_write_it(text: str, expected: str) -> None:
    assert text == expected
