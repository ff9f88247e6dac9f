"""The application that answers over HTTP. Loopback only, until there is a login."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from driftline import __version__
from driftline.api.rest import changes, collection, items, records
from driftline.api.rest.asking import Desk
from driftline.api.rest.problems import MEDIA, Problem, install
from driftline.api.site import Site

PROBLEM: dict[str, Any] = {"model": Problem, "description": "What is wrong, and what to do.", "content": {MEDIA: {}}}
ERRORS: dict[int | str, dict[str, Any]] = {"4XX": PROBLEM, "5XX": PROBLEM}


def create_app(site: Site) -> FastAPI:
    """The API of a site. Opens the store at the first question, closes it at the end."""
    at = Desk(site)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        yield
        at.close()

    app = FastAPI(
        title="driftline",
        version=__version__,
        summary="What is there, what changed, and whether it was approved.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        generate_unique_id_function=_operation_id,
    )
    app.state.desk = at
    for part in (items, changes, records, collection):
        app.include_router(part.router, responses=ERRORS)
    install(app)
    app.add_middleware(Suffix, lists=frozenset(_lists(items.router, changes.router, records.router, collection.router)))
    return app


class Suffix:
    """``/api/v1/changes.csv`` is ``/api/v1/changes`` accepted as CSV: for a browser and a spreadsheet."""

    def __init__(self, app: ASGIApp, lists: frozenset[str]) -> None:
        self.app, self.lists = app, lists

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].removesuffix(".csv") in self.lists:
            others = [(name, value) for name, value in scope["headers"] if name != b"accept"]
            if scope["path"].endswith(".csv"):
                path = scope["path"].removesuffix(".csv")
                accept = (b"accept", b"text/csv")
                scope = {**scope, "path": path, "raw_path": path.encode(), "headers": [*others, accept]}
        await self.app(scope, receive, send)


def _lists(*routers: APIRouter) -> list[str]:
    """Paths of lists: operations without a part of the path that varies."""
    routes = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
    return [route.path for route in routes if "{" not in route.path]


def _operation_id(route: APIRoute) -> str:
    return route.name
