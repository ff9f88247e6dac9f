"""Every error as a problem document (RFC 9457): what, where, and what to do. Never a trace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any, cast
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from driftline.api.instants import BadInstant
from driftline.api.questions.requests import NoSuchRequest, SeveralRequests
from driftline.api.site import NoSuch, NotYet
from driftline.graph.errors import StoreError
from driftline.graph.model.selector import SelectorError
from driftline.graph.questions.find_ci import NoSuchCi, SeveralCis

log = logging.getLogger(__name__)

MEDIA = "application/problem+json"


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="Where: a query key, a path, or a place in the body.")
    code: str = Field(description="What kind of fault, for programs.")
    detail: str = Field(description="What to do about it.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="Kind of problem.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong here.")
    instance: str = Field(description="What was asked.")
    request_id: str = Field(description="Names the request in the log.")
    errors: list[Fault] = Field(default=[], description="Every fault.")


class Missing(LookupError):
    """There is no such thing; the text says which."""


class BadCursor(ValueError):
    """A cursor that nobody made."""


def install(app: FastAPI) -> None:
    """Make every error a problem document."""
    for kind, answer in (
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (NoSuchCi, _missing),
        (SeveralCis, _several_cis),
        (NoSuchRequest, _missing),
        (SeveralRequests, _several_requests),
        (Missing, _missing),
        (NoSuch, _missing),
        (SelectorError, _bad_filter),
        (BadInstant, _bad_instant),
        (BadCursor, _bad_cursor),
        (NotYet, _away),
        (StoreError, _away),
        (Exception, _bug),
    ):
        app.add_exception_handler(kind, answer)  # type: ignore[arg-type]  # each takes its own kind of error


def problem(
    request: Request, status: int, detail: str, faults: Iterator[Fault] | tuple[Fault, ...] = ()
) -> JSONResponse:
    """One problem document."""
    phrase = HTTPStatus(status).phrase
    body = Problem(
        type=f"/api/problems/{phrase.lower().replace(' ', '-')}",
        title=phrase,
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=uuid4().hex[:12],
        errors=list(faults),
    )
    return JSONResponse(body.model_dump(), status, media_type=MEDIA)


def _http(request: Request, error: HTTPException) -> JSONResponse:
    said = f"nothing is at {request.url.path}" if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
    answer = problem(request, error.status_code, said)
    answer.headers.update(error.headers or {})
    return answer


def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """Bad JSON is 400; a key, type or value that does not fit is 422 with the nearest name that does."""
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return problem(request, 400, "the body is no JSON")
    faults = [_fault(request, cast("dict[str, Any]", one)) for one in error.errors()]
    return problem(request, 422, "; ".join(fault.detail for fault in faults), tuple(faults))


def _fault(request: Request, one: dict[str, Any]) -> Fault:
    where = str(one["loc"][-1])
    if one["type"] != "extra_forbidden":
        return Fault(pointer=where, code=one["type"], detail=f"{where}: {one['msg']}")
    near = get_close_matches(where, known_keys(request), n=1)
    hint = f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(known_keys(request))}"
    return Fault(pointer=where, code="unknown_key", detail=f'no key "{where}"{hint}')


def known_keys(request: Request) -> list[str]:
    """Query keys that the operation has, as it is described."""
    path = request.scope["route"].path_format
    operation = request.app.openapi()["paths"][path][request.method.lower()]
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]


def _several_cis(request: Request, error: SeveralCis) -> JSONResponse:
    found = (Fault(pointer=m.ci, code="candidate", detail=f"{m.kind} {m.name}") for m in error.matches)
    return problem(request, 409, f'"{error.text}" means {len(error.matches)} items; ask for one of them', found)


def _several_requests(request: Request, error: SeveralRequests) -> JSONResponse:
    found = (Fault(pointer=id_, code="candidate", detail=id_) for id_ in error.ids)
    return problem(request, 409, f'"{error.text}" is the number of {len(error.ids)} requests; ask by id', found)


def _missing(request: Request, error: Exception) -> JSONResponse:
    return problem(request, 404, str(error))


def _bad_filter(request: Request, error: SelectorError) -> JSONResponse:
    return problem(request, 422, f"filter: {error}")


def _bad_instant(request: Request, error: BadInstant) -> JSONResponse:
    return problem(request, 422, str(error))


def _bad_cursor(request: Request, _error: BadCursor) -> JSONResponse:
    return problem(request, 422, "after: follow the next link of a page; cursors cannot be made by hand")


def _away(request: Request, error: Exception) -> JSONResponse:
    return problem(request, 503, str(error))


def _bug(request: Request, error: Exception) -> JSONResponse:
    answer = problem(request, 500, "a bug in driftline; the log has its trace under the request id")
    log.error("request %s %s", answer.body, request.url.path, exc_info=error)
    return answer
