"""How a command speaks."""

from __future__ import annotations

import pytest

from voltloom.cli.output import Voice, left_words


@pytest.mark.parametrize(
    ("since_s", "done_ratio", "told"),
    [
        (60.0, 0.1, ", about 9 min left"),
        (600.0, 0.5, ", about 10 min left"),
        (30.0, 0.01, ""),  # nobody knows yet
        (30.0, 0.5, ""),  # soon
        (600.0, 1.0, ""),
    ],
)
def test_what_takes_long_says_how_long(since_s: float, done_ratio: float, told: str) -> None:
    assert left_words(since_s, done_ratio) == told


def test_where_there_is_no_terminal_progress_is_a_line_at_every_tenth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Voice(is_json=False, is_quiet=False).progress("comparing") as tell:
        for done in (0.0, 0.04, 0.1, 0.14, 0.2):
            tell([2.0 * done, 0.0])
        tell([1.0, 1.0])

    assert capsys.readouterr().err.splitlines() == [
        "comparing: 0 %, 0 of 2 runs",
        "comparing: 10 %, 0 of 2 runs",
        "comparing: 20 %, 0 of 2 runs",
        "comparing: 100 %, 2 of 2 runs",
    ]
