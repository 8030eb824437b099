"""Parameters that nothing reads are refused, as unknown fields of a body are: a misspelt filter would show everything."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import Request

from voltloom.site.mistakes import did_you_mean
from voltloom.web.problems import FieldProblem, Problem


def only_known(request: Request) -> None:
    """Pass a request whose parameters are all in the description. Raises Problem naming each other one."""
    path = getattr(request.scope.get("route"), "path_format", "")
    if not request.query_params or not path.startswith("/api/v1/"):
        return
    told = request.app.openapi()["paths"].get(path, {}).get(request.method.lower(), {})
    known = [one["name"] for one in told.get("parameters", ()) if one["in"] == "query"]
    errors = tuple(
        FieldProblem(field=f"query.{name}", problem="is not known", remedy=did_you_mean(name, known))
        for name in request.query_params
        if name not in known
    )
    if errors:
        detail = "; ".join(f"{one.field}: {one.problem}. {one.remedy}" for one in errors)
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)
