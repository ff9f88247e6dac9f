"""Items: find, list, show, their history, neighbours and changes; what depends on them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field, create_model

from driftline.api.questions.changes import Changed, changed
from driftline.api.rest.asking import PREFIX, Asking, AtDesk, Desk, Listed, Paging, Single, one, page, stretch
from driftline.api.rest.problems import Missing
from driftline.graph.model.selector import How, On, Selector, selector
from driftline.graph.model.values import Key, known_at
from driftline.graph.questions.find_ci import Found, find_ci, the_one
from driftline.graph.questions.history import Differs, Held, difference, history
from driftline.graph.questions.identity import DisputeRow, MergeRow, disputes, merge, merges
from driftline.graph.questions.impact import ImpactOf, impact
from driftline.graph.questions.item import ItemFacts, item
from driftline.graph.questions.items import ItemRow, items
from driftline.graph.questions.neighbours import BOTH, Tie, neighbours
from driftline.graph.questions.page import Page
from driftline.graph.records import Settlement
from driftline.graph.store import Direction

router = APIRouter(prefix=PREFIX, tags=["items"])

FILTERS = [f"{on.value}.{how.value}" if how is not How.EQ else on.value for on in On for how in How]
"""Keys of a filter: what of an item, and how it is compared."""

_FIELDS: dict[str, Any] = {
    name.replace(".", "_"): (str | None, Field(default=None, alias=name, description="Filter; a comma means or."))
    for name in FILTERS
}
Filtered = create_model("Filtered", __base__=Paging, **_FIELDS)
"""A list that is filtered: keys and, comma or."""


class Searching(Asking):
    """What to look for."""

    q: str = Field(min_length=1, description="Name or glob, key, serial, UUID, moref, address or MAC.")


class Around(Asking):
    """How far to look, and along what."""

    depth: int = Field(default=1, ge=1, le=16, description="Links away.")
    direction: Direction | None = Field(default=None, description="out: what it depends on; in: what depends on it.")
    type: str | None = Field(default=None, description="Types of link, a comma means or.")


class LinksOf(Around):
    """Links of which item."""

    ci: str = Field(min_length=1, description="The item: key, name, serial or address.")


class Disputing(Paging):
    """Which disputes."""

    state: Settlement | Literal["any"] = Field(default=Settlement.OPEN, description="open, settled, merged or any.")


class Between(Asking):
    """Two instants."""

    since: str | None = Field(default=None, description="From this instant on.")
    until: str | None = Field(default=None, description="Before this instant.")


class Since(Asking):
    """From when, and how far around."""

    since: str = Field(description="Changes that may have happened after this instant.")
    depth: int = Field(default=0, ge=0, le=16, description="Also what it rests on, so many links away.")


class Impacting(Asking):
    """What fails."""

    ci: list[str] = Field(min_length=1, description="Items that fail together.")


@router.get("/ci", response_model=Listed[ItemRow])
def list_items(request: Request, at: AtDesk, asked: Annotated[Filtered, Query()]) -> Response:  # type: ignore[valid-type]  # made from the grammar
    """List items by the filter in which requests name them."""
    moment = at.moment(asked)
    said = "&".join(f"{name}={value}" for name, value in request.query_params.items() if name in FILTERS)
    wanted = selector(said, tuple(at.store.model.items)) if said else Selector(())
    found = items(at.viewer, at.store, wanted, after=asked.cursor, limit=asked.limit, at=moment.at)  # type: ignore[attr-defined]  # of Paging
    return page(request, found, ItemRow, moment)


@router.get("/search", response_model=Single[Found])
def search(at: AtDesk, asked: Annotated[Searching, Query()]) -> Response:
    """Find items by whatever is at hand; if none fits, the nearest names."""
    return one(find_ci(at.viewer, at.store, asked.q), at.moment(asked))


@router.get("/links", response_model=Listed[Tie])
def list_links(request: Request, at: AtDesk, asked: Annotated[LinksOf, Query()]) -> Response:
    """List links of an item."""
    return _ties(request, at, asked.ci, asked)


@router.get("/merges", response_model=Listed[MergeRow])
def list_merges(request: Request, at: AtDesk, asked: Annotated[Paging, Query()]) -> Response:
    """List items that were found to be one, the newest first."""
    moment = at.moment(asked)
    return page(request, merges(at.viewer, at.store, **stretch(asked, moment)), MergeRow, moment)


@router.get("/merges/{merge_id}", response_model=Single[MergeRow])
def show_merge(at: AtDesk, merge_id: str, asked: Annotated[Asking, Query()]) -> Response:
    """One merge."""
    moment = at.moment(asked)
    return one(merge(at.viewer, at.store, merge_id, known_at=moment.known), moment, f'no merge "{merge_id}"')


@router.get("/disputes", response_model=Listed[DisputeRow])
def list_disputes(request: Request, at: AtDesk, asked: Annotated[Disputing, Query()]) -> Response:
    """List items whose keys contradict each other, the newest first."""
    moment = at.moment(asked)
    state = None if asked.state == "any" else Settlement(asked.state)
    found = disputes(at.viewer, at.store, state=state, **stretch(asked, moment))
    return page(request, found, DisputeRow, moment)


@router.get("/ci/{ci:path}/history", response_model=Listed[Held])
def item_history(request: Request, at: AtDesk, ci: str, asked: Annotated[Between, Query()]) -> Response:
    """Every value that an item had, with the time in which it held."""
    key, moment = _key(at, ci), at.moment(asked)
    since, until = at.instant(asked.since), at.instant(asked.until)
    span = {"since": None if since is None else known_at(since), "until": None if until is None else known_at(until)}
    return page(request, Page(history(at.viewer, at.store, key, **span)), Held, moment)


@router.get("/ci/{ci:path}/diff", response_model=Listed[Differs])
def item_diff(request: Request, at: AtDesk, ci: str, asked: Annotated[Between, Query()]) -> Response:
    """What differs in an item between two instants; without ``until`` from then until now."""
    key, moment = _key(at, ci), at.moment(asked)
    since, until = at.instant(asked.since or "24h"), at.instant(asked.until)
    then = known_at(since if since is not None else moment.now)
    found = difference(at.viewer, at.store, key, then, None if until is None else known_at(until))
    return page(request, Page(found), Differs, moment)


@router.get("/ci/{ci:path}/neighbours", response_model=Listed[Tie])
def item_neighbours(request: Request, at: AtDesk, ci: str, asked: Annotated[Around, Query()]) -> Response:
    """What an item is linked to, and who says so."""
    return _ties(request, at, ci, asked)


@router.get("/ci/{ci:path}/changes", response_model=Single[Changed])
def item_changes(at: AtDesk, ci: str, asked: Annotated[Since, Query()]) -> Response:
    """What changed on an item and around it since an instant."""
    key, moment = _key(at, ci), at.moment(asked)
    since = at.instant(asked.since)
    found = changed(
        at.viewer, at.store, key, since if since is not None else moment.now, depth=asked.depth, known_at=moment.known
    )
    return one(found, moment)


@router.get("/ci/{ci:path}", response_model=Single[ItemFacts])
def show_item(at: AtDesk, ci: str, asked: Annotated[Asking, Query()]) -> Response:
    """Everything known of one item: by key, name, serial or address."""
    key, moment = _key(at, ci), at.moment(asked)
    return one(item(at.viewer, at.store, key, at=moment.at), moment, f'"{ci}" did not exist at {asked.as_of}')


@router.get("/impact", response_model=Single[ImpactOf])
def show_impact(at: AtDesk, asked: Annotated[Impacting, Query()]) -> Response:
    """What may fail with these items: everything that depends on them, by the shortest path, and whom to call."""
    moment = at.moment(asked)
    keys = [_key(at, text) for text in asked.ci]
    return one(impact(at.viewer, at.store, keys, at=moment.at), moment)


def _key(at: Desk, text: str) -> Key:
    return the_one(at.viewer, at.store, text)


def _ties(request: Request, at: Desk, ci: str, asked: Around) -> Response:
    moment = at.moment(asked)
    types = tuple(name.strip().upper() for name in (asked.type or "").split(",") if name.strip())
    if unknown := [name for name in types if name not in at.store.model.links]:
        raise Missing(f"no link type {unknown[0]}; there are {', '.join(at.store.model.links)}")
    ways = (asked.direction,) if asked.direction else BOTH
    found = neighbours(at.viewer, at.store, _key(at, ci), directions=ways, types=types, depth=asked.depth, at=moment.at)
    return page(request, Page(found), Tie, moment)
