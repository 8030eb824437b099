"""Logging in with a key, for browsers: the key is shown once, a cookie stands for it afterwards."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from voltloom.live.config.api import ApiKey, Role
from voltloom.web.keys import at_least, key_sent
from voltloom.web.logins import COOKIE, LASTS_S, Logins, is_from_here
from voltloom.web.models import Asked
from voltloom.web.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["login"])


class LoginIn(Asked):
    """A key, as it stands in no file: the secret itself."""

    key: str = Field(min_length=1, max_length=300)


class LoginOut(BaseModel):
    """Who is logged in, and what that key may do."""

    id: str
    role: str


@router.post("/login")
async def post_login(asked: LoginIn, request: Request, response: Response) -> LoginOut:
    """Log a browser in: the answer sets a cookie that stands for the key, for this site's own pages only."""
    if request.headers.get("origin") is not None and not is_from_here(request):
        raise Problem(HTTPStatus.FORBIDDEN, "Log in from this site's own pages.")
    key = key_sent(request, asked.key)
    if key.role < Role.VIEWER:
        detail = "A driver's key opens no console. Use the link on the charging station."
        raise Problem(HTTPStatus.FORBIDDEN, detail)
    logins: Logins = request.app.state.logins
    logins.end(request.cookies.get(COOKIE, ""))  # what follows with the login before ends with it
    response.set_cookie(
        COOKIE,
        logins.begin(key),
        max_age=round(LASTS_S),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return LoginOut(id=key.key_id, role=key.role.name.lower())


@router.get("/login")
async def get_login(key: Annotated[ApiKey, Depends(at_least(Role.VIEWER))]) -> LoginOut:
    """Who is logged in."""
    return LoginOut(id=key.key_id, role=key.role.name.lower())


@router.delete("/login", status_code=HTTPStatus.NO_CONTENT)
async def delete_login(
    request: Request, response: Response, _: Annotated[ApiKey, Depends(at_least(Role.VIEWER))]
) -> None:
    """Log out."""
    logins: Logins = request.app.state.logins
    logins.end(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE)
