"""Weather to come as Open-Meteo tells it."""

import numpy as np
import pytest

from tests.protocols.services.documents import OPEN_METEO
from voltloom.protocols.services.answers import AnswerError, NothingYetError
from voltloom.protocols.services.open_meteo import open_meteo_weather


def test_light_is_told_by_when_its_hour_begins() -> None:
    told = open_meteo_weather(OPEN_METEO)

    assert told.step_s == 3600.0
    assert told.start_s.tolist() == [1_768_402_800.0, 1_768_406_400.0, 1_768_410_000.0]
    assert told.flat_w_per_sqm.tolist() == [0.0, 96.0, 251.5]
    assert told.tilted_w_per_sqm[:2].tolist() == [0.0, 180.25]
    assert np.isnan(told.tilted_w_per_sqm[2])
    assert np.isnan(told.air_c[2])


def test_quarters_of_an_hour_are_taken_where_they_are_told() -> None:
    quarters = OPEN_METEO.replace(b"hourly", b"minutely_15").replace(b"1768410000", b"1768407300")

    told = open_meteo_weather(quarters.replace(b"1768413600", b"1768408200"))

    assert told.step_s == 900.0
    assert told.start_s[0] == 1_768_405_500.0


def test_what_was_not_asked_for_is_unknown() -> None:
    told = open_meteo_weather(OPEN_METEO.replace(b"global_tilted_irradiance", b"cloud_cover"))

    assert np.isnan(told.tilted_w_per_sqm).all()
    assert told.flat_w_per_sqm[1] == 96.0


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b'{"error": true, "reason": "Latitude must be in range of -90 to 90"}', "Latitude must be"),
        (OPEN_METEO.replace(b"unixtime", b"iso8601"), "time: is 'iso8601', not unixtime"),
        (OPEN_METEO.replace("°C".encode(), "°F".encode()), "temperature_2m: is '°F'"),
        (OPEN_METEO.replace(b"1768410000", b"1768410001"), "does not go on by 3600 s"),
        (OPEN_METEO.replace(b"[0.0, 96.0, 251.5]", b"[0.0, 96.0]"), "2 values for 3 times"),
        (OPEN_METEO.replace(b"251.5", b"-251.5"), "below zero"),
        (OPEN_METEO.replace(b"96.0", b'"96.0"'), "Open-Meteo"),
        (b"<html>", "Open-Meteo"),
    ],
)
def test_an_answer_that_cannot_be_true_is_refused(answer: bytes, problem: str) -> None:
    with pytest.raises(AnswerError, match=problem):
        open_meteo_weather(answer)


def test_an_empty_answer_tells_nothing_yet() -> None:
    with pytest.raises(NothingYetError):
        open_meteo_weather(b'{"hourly": {"time": []}, "hourly_units": {}}')
