"""What may be asked of every read: of which time, and which page. Unknown keys are refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated, Generic, TypedDict, TypeVar

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from driftline.api.answers import Listing, Moment, csv_text, listed, single, unpack
from driftline.api.instants import instant
from driftline.api.questions.requests import window_of
from driftline.api.rest.problems import BadCursor, Missing
from driftline.api.site import Site
from driftline.graph.model.values import Micros, Ms
from driftline.graph.questions.page import Page
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Cursor, Store

Answer = TypeVar("Answer")

PREFIX = "/api/v1"


class Single(BaseModel, Generic[Answer]):
    """One thing, and of which time it is."""

    as_of: str | None = Field(description="State of the estate at this instant; null: now.")
    as_known_at: str = Field(description="By what was known at this instant.")
    answer: Answer


class Listed(BaseModel, Generic[Answer]):
    """A page of a list. Follow ``next`` until it is null: every row comes once, also while data change."""

    as_of: str | None = Field(description="State of the estate at this instant; null: now.")
    as_known_at: str = Field(description="By what was known at this instant.")
    rows: list[Answer]
    next: str | None = Field(description="Address of the next page; null: this is the last.")


class Asking(BaseModel):
    """Of which time. An instant is ISO 8601, ``2h`` (ago), ``yesterday``, or ``CHG-1.start``."""

    model_config = ConfigDict(extra="forbid")

    as_of: str | None = Field(default=None, description="The estate as it was then.")
    as_known_at: str | None = Field(default=None, description="By what was known then.")


class Paging(Asking):
    """Which page."""

    limit: int = Field(default=50, ge=1, le=500, description="Rows of a page.")
    after: str | None = Field(default=None, description="Cursor; follow the next link instead of writing one.")

    @property
    def cursor(self) -> Cursor | None:
        """Where the page begins."""
        try:
            return None if self.after is None else unpack(self.after)
        except ValueError:
            raise BadCursor(self.after) from None


class Stretch(TypedDict):
    """A page as questions want it."""

    after: Cursor | None
    limit: int
    known_at: Micros | None


@dataclass
class Desk:
    """What every operation works with. The store is opened when it is first asked, and kept."""

    site: Site
    viewer: Viewer = field(default_factory=Viewer.everything)
    _stack: ExitStack = field(default_factory=ExitStack)
    _store: Store | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def store(self) -> Store:
        """The memory.

        Raises:
            NotYet, StoreError: it cannot be asked now.
        """
        with self._lock:
            if self._store is None:
                self._store = self._stack.enter_context(self.site.store())
            return self._store

    def moment(self, asking: Asking) -> Moment:
        """Of which time the answer is to be.

        Raises:
            BadInstant: a text that means none.
        """
        return Moment(self.site.clock.ms(), self.instant(asking.as_of), self.instant(asking.as_known_at))

    def instant(self, text: str | None) -> Ms | None:
        """An instant as people write it."""
        if text is None:
            return None
        return instant(text, self.site.clock.ms(), self.site.zone, lambda number: window_of(self.store, number))

    def close(self) -> None:
        """Close the store."""
        self._stack.close()


def desk(request: Request) -> Iterator[Desk]:
    """The desk of the application that was asked."""
    found: Desk = request.app.state.desk
    yield found


AtDesk = Annotated[Desk, Depends(desk)]


def page(request: Request, found: Page[Answer], kind: type[Answer], moment: Moment) -> Response:
    """A page of rows as JSON, or as CSV where that is accepted."""
    query = {name: value for name, value in request.query_params.items() if name not in {"after", "as_known_at"}}
    listing = Listing(request.url.path, query, str(request.base_url).rstrip("/"))
    next_ = listing.next(found.after, moment)
    if _wants_csv(request):
        answer = Response(csv_text(kind, found.rows), media_type="text/csv; charset=utf-8")
        if next_:
            answer.headers["link"] = f'<{next_}>; rel="next"'
        return answer
    return JSONResponse(listed(found.rows, moment, next_))


def stretch(asked: Paging, moment: Moment) -> Stretch:
    """Which rows a request is to get.

    Raises:
        BadCursor: nobody made its cursor.
    """
    return Stretch(after=asked.cursor, limit=asked.limit, known_at=moment.known)


def one(answer: object, moment: Moment, missing: str = "") -> JSONResponse:
    """One thing as JSON.

    Raises:
        Missing: it is ``None``, as ``missing`` says.
    """
    if answer is None:
        raise Missing(missing)
    return JSONResponse(single(answer, moment))


def _wants_csv(request: Request) -> bool:
    return request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip() == "text/csv"
