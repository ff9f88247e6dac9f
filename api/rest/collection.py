"""What is visited, how it went, and what cannot be seen; and whether this process lives and is ready."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from driftline.api.questions.targets import TargetFacts, TargetRow, target, targets
from driftline.api.rest.asking import PREFIX, Asking, AtDesk, Listed, Paging, Single, one, page, stretch
from driftline.api.site import NotYet
from driftline.graph.errors import StoreError
from driftline.graph.questions.collection import Blind, Scope, Visited, VisitFacts, coverage, gaps, runs, visit
from driftline.graph.questions.page import Page
from driftline.graph.store import SCHEMA

router = APIRouter(prefix=PREFIX, tags=["collection"])


class Running(Paging):
    """Which visits."""

    target: str | None = Field(default=None, description="To this target.")
    source: str | None = Field(default=None, description="That this source answered.")


class Covering(Asking):
    """Of which source."""

    source: str | None = Field(default=None, description="Of this source.")


class Ready(BaseModel):
    """Whether questions can be answered, and each thing that this takes."""

    ready: bool
    store: str = Field(description="ok, or why it cannot be read.")
    schema_version: int | None = Field(description="Version of the tables; a store of a newer one is not opened.")


@router.get("/targets", response_model=Listed[TargetRow])
def list_targets(request: Request, at: AtDesk, asked: Annotated[Asking, Query()]) -> Response:
    """List what is visited, with the last visit of each."""
    rows = targets(at.viewer, at.store, at.site.settings.targets)
    return page(request, Page(rows), TargetRow, at.moment(asked))


@router.get("/targets/{name}", response_model=Single[TargetFacts])
def show_target(at: AtDesk, name: str, asked: Annotated[Asking, Query()]) -> Response:
    """One target, its last visit, and how completely it is read as of now."""
    return one(target(at.viewer, at.store, at.site.target(name)), at.moment(asked))


@router.get("/runs", response_model=Listed[Visited])
def list_runs(request: Request, at: AtDesk, asked: Annotated[Running, Query()]) -> Response:
    """List visits, newest first."""
    moment = at.moment(asked)
    found = runs(at.viewer, at.store, target=asked.target, source=asked.source, **stretch(asked, moment))
    return page(request, found, Visited, moment)


@router.get("/runs/{run_id:path}", response_model=Single[VisitFacts])
def show_run(at: AtDesk, run_id: str, asked: Annotated[Asking, Query()]) -> Response:
    """One visit, and how completely it read; what a later visit has read again is shown with that one."""
    moment = at.moment(asked)
    return one(visit(at.viewer, at.store, run_id, known_at=moment.known), moment, f'no visit "{run_id}"')


@router.get("/coverage", response_model=Listed[Scope])
def list_coverage(request: Request, at: AtDesk, asked: Annotated[Covering, Query()]) -> Response:
    """How completely every kind and group of fields was read last."""
    moment = at.moment(asked)
    found = coverage(at.viewer, at.store, source=asked.source, known_at=moment.known)
    return page(request, Page(found), Scope, moment)


@router.get("/coverage/gaps", response_model=Listed[Blind])
def list_gaps(request: Request, at: AtDesk, asked: Annotated[Asking, Query()]) -> Response:
    """What cannot be seen: not read, hidden, or lost with a gap in a log."""
    moment = at.moment(asked)
    return page(request, Page(gaps(at.viewer, at.store, known_at=moment.known)), Blind, moment)


@router.get("/health/live", response_model=dict[str, bool])
async def live() -> JSONResponse:
    """Whether the event loop turns."""
    return JSONResponse({"live": True})


@router.get("/health/ready", response_model=Ready, responses={503: {"model": Ready}})
def ready(at: AtDesk) -> JSONResponse:
    """Whether the store can be read and has tables of this program; 503 if not."""
    try:
        at.store.find("Run", limit=1)
    except (NotYet, StoreError) as error:
        return JSONResponse({"ready": False, "store": str(error), "schema_version": None}, 503)
    return JSONResponse({"ready": True, "store": "ok", "schema_version": SCHEMA})
