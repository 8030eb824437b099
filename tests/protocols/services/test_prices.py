"""Day-ahead prices from three forms of answers, as exact integers."""

import pytest

from tests.protocols.services.documents import (
    ACKNOWLEDGEMENT,
    AWATTAR,
    ENERGY_CHARTS,
    period,
    publication,
    series,
)
from voltloom.protocols.services.answers import AnswerError, NothingYetError
from voltloom.protocols.services.entsoe import entsoe_prices
from voltloom.protocols.services.json_prices import awattar_prices, energy_charts_prices
from voltloom.site.tariff import Tariff

TWICE_NO_NUMBER = (
    b'{"data": ['
    + b", ".join(
        [
            b'{"start_timestamp": 0, "end_timestamp": 3600000, "marketprice": "NaN", "unit": "Eur/MWh"}',
        ]
        * 2
    )
    + b"]}"
)
MIDNIGHT_S = 1_768_345_200  # 14 January 2026, 00:00 in Amsterdam
HOUR_S = 3600


def test_prices_of_the_platform_become_exact_integers() -> None:
    told = entsoe_prices(publication(series(period([(1, "84.47"), (2, "-0.01"), (3, "103.5")]))))

    assert told.currency == "EUR"
    assert told.series.start_s == (MIDNIGHT_S, MIDNIGHT_S + HOUR_S, MIDNIGHT_S + 2 * HOUR_S)
    assert told.series.price_nano_per_kwh == (84_470_000, -10_000, 103_500_000)
    assert told.series.end_s == MIDNIGHT_S + 3 * HOUR_S


def test_a_tariff_takes_them_as_they_are() -> None:
    told = entsoe_prices(publication(series(period([(1, "84.47"), (2, "-0.01"), (3, "103.5")]))))

    tariff = Tariff(name="spot", currency=told.currency, time_zone="Europe/Amsterdam", series=told.series)

    assert tariff.price_nano_at(MIDNIGHT_S + 5400.0) == -10_000


def test_a_price_that_repeats_is_left_out_by_the_platform_also_at_the_end() -> None:
    told = entsoe_prices(
        publication(series(period([(1, "50"), (5, "60")], resolution="PT15M", end="2026-01-14T01:00Z")))
    )

    assert told.series.price_nano_per_kwh == (50_000_000,) * 4 + (60_000_000,) * 4
    assert told.series.end_s == MIDNIGHT_S + 2 * HOUR_S


def test_where_every_point_is_told_a_missing_one_is_no_repetition() -> None:
    with pytest.raises(AnswerError, match="position 2 is missing"):
        entsoe_prices(publication(series(period([(1, "50"), (3, "60")]), curve="A01")))


def test_of_two_resolutions_the_finer_counts_and_of_two_auctions_the_first() -> None:
    hour_end = "2026-01-14T00:00Z"
    coarse = series(period([(1, "10")], end=hour_end), sequence="1")
    second = series(period([(1, "30")], end=hour_end, resolution="PT15M"), sequence="2")
    first = series(period([(1, "20")], end=hour_end, resolution="PT15M"), sequence="1")

    told = entsoe_prices(publication(coarse, second, first))

    assert told.series.price_nano_per_kwh == (20_000_000,) * 4


def test_two_days_in_two_series_are_one() -> None:
    today = series(period([(1, "10")], end="2026-01-14T00:00Z"))
    tomorrow = series(period([(1, "20")], start="2026-01-14T00:00Z", end="2026-01-14T01:00Z"))

    assert entsoe_prices(publication(tomorrow, today)).series.price_nano_per_kwh == (10_000_000, 20_000_000)


def test_no_prices_yet_are_told_with_the_platforms_reason() -> None:
    with pytest.raises(NothingYetError, match="No matching data found"):
        entsoe_prices(ACKNOWLEDGEMENT)
    with pytest.raises(NothingYetError, match="tells no prices"):
        entsoe_prices(publication())


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b"<html><body>502 Bad Gateway</body></html>", "html: is no document of prices"),
        (b"{}", "is no XML"),
        (b"", "is no XML"),
        (publication(series(period([(1, "x")], end="2026-01-14T00:00Z"))), "price.amount: is 'x'"),
        (publication(series(period([(2, "1")]))), "position 1 is missing"),
        (publication(series(period([(4, "1")]))), "position: is '4', not from 1 to 3"),
        (publication(series(period([(1, "NaN")], end="2026-01-14T00:00Z"))), "NaN is no price"),
        (publication(series(period([(1, "1")], resolution="P1Y"))), "resolution: is 'P1Y'"),
        (publication(series(period([(1, "1")], end="2026-01-14T00:30Z"))), "no whole number of steps"),
        (publication(series(period([(1, "1")], end="2026-13-40T00:00Z"))), "timeInterval/end"),
        (publication(series(period([(1, "1")], end="2099-01-14T00:00Z"))), "no whole number of steps"),
        (
            publication(series(period([(1, "1")]).replace("<resolution>PT60M</resolution>", ""))),
            "resolution: is missing",
        ),
        (publication(series(period([(1, "1")])).replace("MWH", "KWH")), "price_Measure_Unit.name: is 'KWH'"),
        (
            publication(
                series(period([(1, "1")], end="2026-01-14T00:00Z")),
                series(period([(1, "1")], start="2026-01-14T01:00Z"), currency="EUR"),
            ),
            "is missing",
        ),
        (
            publication(series(period([(1, "1")])), series(period([(1, "1")]), currency="PLN")),
            "EUR and PLN at once",
        ),
    ],
)
def test_a_document_that_cannot_be_true_is_refused_by_its_element(document: bytes, problem: str) -> None:
    with pytest.raises(AnswerError, match=problem):
        entsoe_prices(document)


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-32", "nonsense"])
def test_a_document_in_an_encoding_that_nobody_reads_is_refused(encoding: str) -> None:
    with pytest.raises(AnswerError, match="is no XML"):
        entsoe_prices(f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_that_would_unfold_is_refused_before_it_does(encoding: str) -> None:
    bomb = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    ).encode(encoding)

    with pytest.raises(AnswerError, match="DOCTYPE"):
        entsoe_prices(bomb)


def test_awattar_tells_each_hour_with_its_end() -> None:
    told = awattar_prices(AWATTAR)

    assert told.series.start_s == (MIDNIGHT_S, MIDNIGHT_S + HOUR_S)
    assert told.series.price_nano_per_kwh == (42_090_000, -5_120_000)
    assert told.series.end_s == MIDNIGHT_S + 2 * HOUR_S


def test_energy_charts_last_price_lasts_as_long_as_the_one_before() -> None:
    told = energy_charts_prices(ENERGY_CHARTS)

    assert told.series.start_s == (MIDNIGHT_S, MIDNIGHT_S + 900, MIDNIGHT_S + 1800)
    assert told.series.price_nano_per_kwh == (42_090_000, -5_120_000, 0)
    assert told.series.end_s == MIDNIGHT_S + 2700


def test_a_missing_hour_is_refused_not_bridged() -> None:
    gap = ENERGY_CHARTS.replace(b"-5.12", b"null")

    with pytest.raises(AnswerError, match=f"price at {MIDNIGHT_S + 900}: is missing"):
        energy_charts_prices(gap)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (AWATTAR.replace(b"Eur/MWh", b"Cent/kWh"), "unit: is 'Cent/kWh'"),
        (AWATTAR.replace(b'1768348800000, "m', b'1768348800500, "m'), "whole second"),
        (AWATTAR.replace(b'"marketprice": 42.09', b'"marketprice": "dear"'), "aWATTar"),
        (AWATTAR.replace(b"-5.12", b"1e999"), "is no price"),
        (TWICE_NO_NUMBER, "is told twice"),
        (AWATTAR.replace(b"-5.12", b"5.1234567"), "finer than 1e-9"),
        (b"[]", "aWATTar"),
        (b"\xff", "aWATTar"),
    ],
)
def test_an_answer_of_awattar_that_cannot_be_true_is_refused(answer: bytes, problem: str) -> None:
    with pytest.raises(AnswerError, match=problem):
        awattar_prices(answer)


def test_nothing_yet_is_no_mistake() -> None:
    with pytest.raises(NothingYetError):
        awattar_prices(b'{"object": "list", "data": []}')
    with pytest.raises(NothingYetError):
        energy_charts_prices(b'{"unix_seconds": [], "price": [], "unit": "EUR / MWh"}')
    with pytest.raises(AnswerError, match="2 prices for 1 times"):
        energy_charts_prices(b'{"unix_seconds": [1], "price": [1, 2], "unit": "EUR / MWh"}')
