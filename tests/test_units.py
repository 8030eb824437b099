"""Spans as people say them."""

import pytest

from voltloom.units import span_words


@pytest.mark.parametrize(
    ("span_s", "words"),
    [
        (31.0, "31 s"),
        (60.0, "1 min"),
        (3599.0, "1 h 00 min"),
        (14_408.0, "4 h 00 min"),
        (169_200.0, "47 h 00 min"),
        (225_672_921.0, "2612 days"),
    ],
)
def test_a_span_is_told_as_people_say_it(span_s: float, words: str) -> None:
    assert span_words(span_s) == words
