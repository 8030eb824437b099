"""What a misspelt word is taken for: the known one that was meant, and none that has only some letters in common."""

from __future__ import annotations

import pytest

from voltloom.site.mistakes import did_you_mean

KEYS = ["id", "parent", "rating_a", "circuit", "wiring", "rotation", "max_a", "limit_cut"]
FAULTS = ["station_offline", "slow_station", "meter_frozen", "limit_cut", "price_spike"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("circut", KEYS, "circuit"),
        ("Rating_A", KEYS, "rating_a"),
        ("max_amps", KEYS, "max_a"),
        ("rating", KEYS, "rating_a"),
        ("station_ofline", FAULTS, "station_offline"),
        ("offline", FAULTS, "station_offline"),
        ("price", FAULTS, "price_spike"),
        ("CPl", ["CP1", "DEPOT"], "CP1"),
    ],
)
def test_a_misspelt_or_shortened_word_is_found(word: str, known: list[str], meant: str) -> None:
    assert did_you_mean(word, known) == f"Did you mean '{meant}'?"


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("phase", KEYS),  # has as many letters of "parent" as it has others
        ("price", KEYS),
        ("min_a", KEYS),
        ("equal", ["sequential", "parallel", "adaptive"]),
        ("station", ["station_offline", "station_silent"]),  # a part of both
        ("B7", ["E01", "E02"]),
        ("", KEYS),
    ],
)
def test_what_is_like_none_gets_the_list_of_what_is_known(word: str, known: list[str]) -> None:
    assert did_you_mean(word, known).startswith("Known: ")
