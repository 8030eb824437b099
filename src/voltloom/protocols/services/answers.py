"""What is wrong with a service's answer: which service, which field, what."""

from __future__ import annotations


class AnswerError(ValueError):
    """An answer that cannot be used. service: as people call it; field: the path in the answer, "" for the whole."""

    def __init__(self, service: str, field: str, problem: str) -> None:
        super().__init__(f"{service}: {field}: {problem}" if field else f"{service}: {problem}")
        self.service = service
        self.field = field
        self.problem = problem


class NothingYetError(AnswerError):
    """The service has nothing for the time that was asked for, such as tomorrow's prices before noon."""
