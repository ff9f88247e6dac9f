"""Changes with verdicts and explanations, and the findings that they open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from driftline.api.questions.changes import ChangeRow, Wanted, changes
from driftline.api.questions.explanation import Explanation, explain
from driftline.api.questions.findings import About, FindingRow, Group, Sought, finding, findings, groups, page_of
from driftline.api.questions.requests import request_named
from driftline.api.rest.asking import PREFIX, Asking, AtDesk, Desk, Listed, Paging, Single, one, page, stretch
from driftline.api.texts import TextDifference, text_difference
from driftline.diff.words import Outcome, State
from driftline.graph.questions.find_ci import the_one

router = APIRouter(prefix=PREFIX, tags=["changes"])


class Changing(Paging):
    """Which changes; all conditions hold."""

    ci: str | None = Field(default=None, description="On this item.")
    kind: str | None = Field(default=None, description="On items of this kind.")
    verdict: Outcome | None = Field(default=None, description="With this verdict.")
    actor: str | None = Field(default=None, description="By this login.")
    rfc: str | None = Field(default=None, description="Linked to this change request, by number or id.")
    run: str | None = Field(default=None, description="Seen by this visit.")
    since: str | None = Field(default=None, description="That may have happened after this instant.")
    until: str | None = Field(default=None, description="That happened by this instant.")


class FindingsAsked(Paging):
    """Which findings."""

    state: State | None = Field(default=State.OPEN, description="open or closed.")
    about: About | None = Field(default=None, description="What they are about.")
    owner: str | None = Field(default=None, description="Whose turn it is.")
    ci: str | None = Field(default=None, description="On this item.")


@router.get("/changes", response_model=Listed[ChangeRow])
def list_changes(request: Request, at: AtDesk, asked: Annotated[Changing, Query()]) -> Response:
    """List changes with their verdicts, newest first."""
    moment = at.moment(asked)
    found = changes(at.viewer, at.store, _wanted(at, asked), **stretch(asked, moment))
    return page(request, found, ChangeRow, moment)


@router.get("/changes/{change}", response_model=Single[Explanation])
@router.get("/changes/{change}/explanation", name="explain_change", response_model=Single[Explanation])
def show_change(at: AtDesk, change: str, asked: Annotated[Asking, Query()]) -> Response:
    """One change with everything that explains its verdict."""
    moment = at.moment(asked)
    return one(explain(at.viewer, at.store, change, known_at=moment.known), moment, f'no change "{change}"')


@router.get("/changes/{change}/difference", response_model=Single[TextDifference])
def show_difference(at: AtDesk, change: str, asked: Annotated[Asking, Query()]) -> Response:
    """How a changed configuration differs from the one before, line by line."""
    return one(text_difference(at.store, at.site.captures, change), at.moment(asked), f'no change "{change}"')


@router.get("/findings", response_model=Listed[FindingRow])
def list_findings(request: Request, at: AtDesk, asked: Annotated[FindingsAsked, Query()]) -> Response:
    """List findings, those that opened last in front."""
    moment = at.moment(asked)
    found = findings(at.viewer, at.store, _sought(at, asked), **stretch(asked, moment))
    return page(request, found, FindingRow, moment)


@router.get("/findings/groups", response_model=Listed[Group])
def list_groups(request: Request, at: AtDesk, asked: Annotated[FindingsAsked, Query()]) -> Response:
    """Findings that are decided together: due first, then the worst, then the most."""
    moment = at.moment(asked)
    found = groups(at.viewer, at.store, _sought(at, asked), known_at=moment.known)
    return page(request, page_of(found, after=asked.cursor, limit=asked.limit), Group, moment)


@router.get("/findings/{finding_id}", response_model=Single[FindingRow])
def show_finding(at: AtDesk, finding_id: str, asked: Annotated[Asking, Query()]) -> Response:
    """One finding."""
    moment = at.moment(asked)
    found = finding(at.viewer, at.store, finding_id, known_at=moment.known)
    return one(found, moment, f'no finding "{finding_id}"')


def _wanted(at: Desk, asked: Changing) -> Wanted:
    return Wanted(
        cis=(the_one(at.viewer, at.store, asked.ci),) if asked.ci else (),
        kind=asked.kind,
        verdict=asked.verdict,
        actors=(asked.actor, at.site.pseudonym(asked.actor)) if asked.actor else (),
        rfc=request_named(at.viewer, at.store, asked.rfc).id if asked.rfc else None,
        run=asked.run,
        since=at.instant(asked.since),
        until=at.instant(asked.until),
    )


def _sought(at: Desk, asked: FindingsAsked) -> Sought:
    ci = the_one(at.viewer, at.store, asked.ci) if asked.ci else None
    return Sought(asked.state, asked.about, asked.owner, ci)
