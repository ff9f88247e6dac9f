"""Change requests with what became of them, and baselines with what differs from them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from driftline.api.questions.baselines import Apart, BaselineFacts, apart, baseline, baselines
from driftline.api.questions.requests import RequestFacts, RequestRow, request_named, requests
from driftline.api.questions.requests import request as request_facts
from driftline.api.rest.asking import PREFIX, Asking, AtDesk, Listed, Paging, Single, one, page, stretch
from driftline.api.rest.problems import Missing
from driftline.graph.model.change_records import RfcState
from driftline.graph.questions.page import Page

router = APIRouter(prefix=PREFIX, tags=["records"])


class Requesting(Paging):
    """Which change requests."""

    source: str | None = Field(default=None, description="Of this source of change records.")
    state: RfcState | None = Field(default=None, description="In this state now.")


@router.get("/rfcs", response_model=Listed[RequestRow])
def list_requests(request: Request, at: AtDesk, asked: Annotated[Requesting, Query()]) -> Response:
    """List change requests by number, the highest first."""
    moment = at.moment(asked)
    found = requests(at.viewer, at.store, source=asked.source, state=asked.state, **stretch(asked, moment))
    return page(request, found, RequestRow, moment)


@router.get("/rfcs/{rfc:path}", response_model=Single[RequestFacts])
@router.get("/rfcs/{rfc:path}/fulfilment", name="show_fulfilment", response_model=Single[RequestFacts])
def show_request(at: AtDesk, rfc: str, asked: Annotated[Asking, Query()]) -> Response:
    """A change request: what was asked, seen, missing, already true, and what went beyond it."""
    moment = at.moment(asked)
    found = request_named(at.viewer, at.store, rfc)
    known = moment.now if moment.as_known is None else moment.as_known
    return one(request_facts(at.viewer, at.store, found, at.site.policy, known), moment)


@router.get("/baselines", response_model=Listed[BaselineFacts])
def list_baselines(request: Request, at: AtDesk, asked: Annotated[Asking, Query()]) -> Response:
    """The baseline of every source; until a person signs one, the first complete reading, unsigned."""
    moment = at.moment(asked)
    found = baselines(at.viewer, at.store, at.site.policy, moment.now)
    return page(request, Page(found), BaselineFacts, moment)


@router.get("/baselines/{source:path}/diff", response_model=Listed[Apart])
def baseline_diff(request: Request, at: AtDesk, source: str, asked: Annotated[Asking, Query()]) -> Response:
    """Where the present state is not the authorised one and nobody waived it."""
    moment = at.moment(asked)
    if baseline(at.viewer, at.store, source, at.site.policy, moment.now) is None:
        raise Missing(f'no source "{source}"')
    return page(request, Page(apart(at.viewer, at.store, source, at.site.policy, moment.now)), Apart, moment)


@router.get("/baselines/{source:path}", response_model=Single[BaselineFacts])
def show_baseline(at: AtDesk, source: str, asked: Annotated[Asking, Query()]) -> Response:
    """The baseline of one source."""
    moment = at.moment(asked)
    return one(baseline(at.viewer, at.store, source, at.site.policy, moment.now), moment, f'no source "{source}"')
