"""What went wrong with a request, as problem details (RFC 9457): which field, and what to do about it."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from voltloom.allocation.registry import UnknownArchitectureError
from voltloom.live.enrolment.kinds import EnrolmentError
from voltloom.session.need import ImplausibleNeed
from voltloom.site.outside import OutsideLimitError
from voltloom.store.errors import StoreError

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that is wrong. field: its path, such as `body.energy_wh`."""

    field: str
    problem: str
    remedy: str


class ProblemDetails(BaseModel):
    """An answer that is no success."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class Problem(Exception):  # noqa: N818  named as the standard names it
    """A request that is not carried out."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: tuple[FieldProblem, ...] = (),
        retry_after_s: int = 0,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.retry_after_s = status, detail, errors, retry_after_s


def wrong_field(field: str, problem: str, remedy: str, status: HTTPStatus | None = None) -> Problem:
    """Return the problem of one field."""
    found = FieldProblem(field=field, problem=problem, remedy=remedy)
    return Problem(
        status or HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {problem}. {remedy}", errors=(found,)
    )


def install(app: FastAPI) -> None:
    """Let every failure of an application be told as problem details."""

    @app.exception_handler(Problem)
    async def known(_: Request, problem: Problem) -> JSONResponse:
        headers = {"Retry-After": str(problem.retry_after_s)} if problem.retry_after_s else {}
        if problem.status is HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="voltloom"'
        return _answer(problem.status, problem.detail, list(problem.errors), headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [_field(found) for found in error.errors()]
        detail = "; ".join(f"{one.field}: {one.problem}" for one in fields[:5])
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, detail, fields)

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: HTTPException) -> JSONResponse:
        return _answer(HTTPStatus(error.status_code), str(error.detail), [], dict(error.headers or {}))

    @app.exception_handler(EnrolmentError)
    async def unenrolled(_: Request, error: EnrolmentError) -> JSONResponse:
        found = FieldProblem(field=error.field, problem=error.problem, remedy=error.remedy)
        return _answer(HTTPStatus.CONFLICT, str(error), [found])

    @app.exception_handler(ImplausibleNeed)
    async def implausible(_: Request, error: ImplausibleNeed) -> JSONResponse:
        found = FieldProblem(field=f"body.{error.field}", problem=str(error), remedy="State a possible need.")
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [found])

    @app.exception_handler(OutsideLimitError)
    async def unkeepable(_: Request, error: OutsideLimitError) -> JSONResponse:
        found = FieldProblem(field=f"body.{error.field}", problem=error.problem, remedy=error.remedy)
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [found])

    @app.exception_handler(UnknownArchitectureError)
    async def unknown(_: Request, error: UnknownArchitectureError) -> JSONResponse:
        found = FieldProblem(
            field="body.architecture", problem=str(error), remedy="Choose one that is listed."
        )
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [found])

    @app.exception_handler(StoreError)
    async def unkept(_: Request, error: StoreError) -> JSONResponse:
        detail = f"The journal does not write, so nothing was done: {error}"
        return _answer(HTTPStatus.SERVICE_UNAVAILABLE, detail, [], {"Retry-After": "5"})


# By pydantic's kinds of errors; what stands in braces is in the error's context.
_REMEDIES: Final = MappingProxyType(
    {
        "missing": "Give it; /docs shows what it means and an example.",
        "extra_forbidden": "Leave it out.",
        "json_invalid": "Send well-formed JSON.",
        "greater_than": "Give a number above {gt}.",
        "greater_than_equal": "Give {ge} or more.",
        "less_than": "Give a number below {lt}.",
        "less_than_equal": "Give {le} or less.",
        "string_too_short": "Write at least {min_length} characters.",
        "string_too_long": "Write at most {max_length} characters.",
        "literal_error": "Write one of {expected}.",
        "enum": "Write one of {expected}.",
    }
)


def _field(error: Any) -> FieldProblem:
    path = ".".join(str(part) for part in error.get("loc", ()))
    told = error.get("ctx", {})
    template = _REMEDIES.get(error.get("type"), "Write it as /docs shows it.")
    try:
        remedy = template.format(**told)
    except (KeyError, ValueError):
        remedy = "Write it as /docs shows it."
    return FieldProblem(field=path, problem=str(error.get("msg", "is wrong")), remedy=remedy)


def _answer(
    status: HTTPStatus, detail: str, errors: list[FieldProblem], headers: dict[str, str] | None = None
) -> JSONResponse:
    problem = ProblemDetails(title=status.phrase, status=int(status), detail=detail, errors=errors)
    return JSONResponse(
        problem.model_dump(), status_code=int(status), media_type=MEDIA_TYPE, headers=headers or {}
    )
