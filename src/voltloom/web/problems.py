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
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
        detail = str(error.detail)
        if status is HTTPStatus.NOT_FOUND:
            detail = f"There is nothing at {request.url.path}. See /docs for what there is."
        elif status is HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = headers.get("Allow") or headers.get("allow") or "another method"
            detail = f"{request.url.path} does not take {request.method}. Use {allowed}; see /docs."
        return _answer(status, detail, [], headers)

    @app.exception_handler(EnrolmentError)
    async def unenrolled(_: Request, error: EnrolmentError) -> JSONResponse:
        found = FieldProblem(field=error.field, problem=error.problem, remedy=error.remedy)
        return _answer(HTTPStatus.CONFLICT, str(error), [found])

    @app.exception_handler(ImplausibleNeed)
    async def implausible(_: Request, error: ImplausibleNeed) -> JSONResponse:
        field = f"body.{error.field.removesuffix('_s')}"  # a moment: the interface says it with its zone
        remedy = f"{error.remedy[:1].upper()}{error.remedy[1:]}."
        found = FieldProblem(field=field, problem=error.problem, remedy=remedy)
        return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {error.problem}. {remedy}", [found])

    @app.exception_handler(OutsideLimitError)
    async def unkeepable(_: Request, error: OutsideLimitError) -> JSONResponse:
        found = FieldProblem(field=f"body.{error.field}", problem=error.problem, remedy=error.remedy)
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
        "model_attributes_type": "Send a JSON object, with the header `Content-Type: application/json`.",
        "dict_type": "Send a JSON object, with the header `Content-Type: application/json`.",
        "string_pattern_mismatch": "Write it so that it matches {pattern}.",
        "float_type": "Write a number such as 12.5.",
        "float_parsing": "Write a number such as 12.5.",
        "int_type": "Write a whole number.",
        "int_parsing": "Write a whole number.",
        "bool_type": "Write true or false.",
        "bool_parsing": "Write true or false.",
        "datetime_type": "Write such as 2026-11-26T18:00:00Z.",
        "datetime_parsing": "Write such as 2026-11-26T18:00:00Z.",
        "datetime_from_date_parsing": "Write such as 2026-11-26T18:00:00Z.",
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
    place = error.get("loc", ())
    if error.get("type") == "json_invalid":
        place = place[:1]  # the rest is a place in the text
    path = ".".join(str(part) for part in place)
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
