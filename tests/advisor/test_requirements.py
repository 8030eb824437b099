"""Answers to the five steps: read from TOML or typed, every mistake named with its remedy."""

import pytest

from voltloom.advisor.requirements import QUESTIONS, Question, put_answer, read_answers
from voltloom.site.mistakes import PlanError


def test_every_mistake_is_named_at_once_with_a_remedy() -> None:
    document = {
        "load": {"sesions_per_hour": 3.0},
        "uptime": {"ready_by": "25:00"},
        "plan": {"budget": "huge"},
    }

    with pytest.raises(PlanError) as wrong:
        read_answers(document)

    text = str(wrong.value)
    assert "load.sesions_per_hour" in text
    assert "sessions_per_hour" in text.split("load.sesions_per_hour")[1]
    assert "uptime.ready_by" in text
    assert "plan.budget" in text


def test_unlimited_power_with_a_limit_is_a_contradiction() -> None:
    with pytest.raises(PlanError, match=r"power\.limit_kw"):
        read_answers({"power": {"is_unlimited": True, "limit_kw": 50.0}})


def test_questions_left_open_stay_unknown() -> None:
    document: dict[str, object] = {}

    for question in QUESTIONS:
        put_answer(document, question, "  ")

    assert document == {}
    assert read_answers(document).power.is_unlimited is None


def test_typed_answers_become_the_same_as_a_file() -> None:
    document: dict[str, object] = {}
    said = {
        "load.sessions_per_hour": "6,5",
        "load.max_concurrent_count": "12",
        "power.is_unlimited": "no",
        "uptime.ready_by": "07:00",
        "integration.needs": "billing, ems",
        "plan.budget": "low",
    }

    for question in QUESTIONS:
        put_answer(document, question, said.get(question.path, ""))
    answers = read_answers(document)

    assert answers.load.sessions_per_hour == 6.5
    assert answers.load.max_concurrent_count == 12
    assert answers.power.is_unlimited is False
    assert answers.uptime.ready_by == "07:00"
    assert answers.integration.needs == ["billing", "ems"]


@pytest.mark.parametrize(("kind", "said"), [("number", "many"), ("yes_no", "perhaps"), ("count", "1.5")])
def test_an_answer_that_is_none_says_what_was_expected(kind: str, said: str) -> None:
    question = Question(step=1, path="load.stay_h", text="?", kind=kind)  # type: ignore[arg-type]  # parametrised word

    with pytest.raises(ValueError, match=r"expected|yes or no"):
        put_answer({}, question, said)


def test_every_question_fills_a_known_field() -> None:
    for question in QUESTIONS:
        said = {"yes_no": "yes", "choice": "low", "list": "billing", "time": "07:00"}.get(question.kind, "1")
        said = "0.5" if question.path == "uptime.target_ratio" else said
        document: dict[str, object] = {}
        put_answer(document, question, said)

        read_answers(document)
