"""Asks a vCenter everything, once, and reads a reply only to learn the next question.

A session may end while we ask (an operator, a restart). That has three faces: a fault, a page in which every property
is withheld, and a view that nobody knows any more. All three begin the visit again, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.contract import Line
from driftline.collectors.errors import Garbled, Unreachable, Unsupported
from driftline.collectors.target import Target
from driftline.collectors.vsphere import event_feed, hints, soap, tags
from driftline.collectors.vsphere.asks import DECLARED_BY_SUBTYPE, STAGES, Asked
from driftline.collectors.vsphere.tables import OLDEST, known_to, newer_or_same, version_for
from driftline.collectors.vsphere.talk import Faulted, SessionLost, Talk, closing

AGAIN_OBJECTS = 100
"""So many lost objects are asked for one by one; more are a failed page, not objects that went away meanwhile."""
MAX_PAGES = 20_000


async def capture(target: Target, line: Line, cursor: str = "") -> None:
    """Ask everything over the line, see ``contract.Collector.capture``."""
    for _ in range(2):
        with suppress(SessionLost):
            await _visit(Talk(target, line), cursor)
            return
    raise Unreachable(target.name, Asked.LOGIN, "the session was ended twice during one visit")


async def _visit(talk: Talk, cursor: str) -> None:
    content = await _recognise(talk)
    session = soap.returned_object((await talk.must(talk.requests.login())).body, "UserSession")
    async with closing(talk, talk.requests.logout()):
        clock = await talk.ask_or_none(talk.requests.clock())
        await talk.ask_or_none(talk.requests.privileges(str(session.get("userName", ""))))
        await talk.ask_or_none(talk.requests.custom_fields())
        members = await _snapshot(talk)
        machines = sorted(ref for ref, kind in members.items() if kind == "VirtualMachine")
        await tags.capture(talk.line, machines)
        now = event_feed.instant(clock.body) if clock else None
        if "eventManager" in content and now:
            await event_feed.capture(talk, cursor, now)
        await hints.capture(talk, sorted(ref for ref, kind in members.items() if kind == "HostSystem"))


async def _recognise(talk: Talk) -> Mapping[str, Any]:
    reply = await talk.must(talk.requests.service_content())
    content = soap.returned_object(reply.body, "ServiceContent")
    about = content.get("about", {})
    if about.get("apiType") not in {"VirtualCenter", "HostAgent"}:
        raise Unsupported(talk.target.name, Asked.CONTENT, f"no vCenter and no ESXi, but {about.get('apiType')!r}")
    version = version_for(about.get("apiVersion", ""))
    if not newer_or_same(version, OLDEST):
        raise Unsupported(
            talk.target.name, Asked.CONTENT, f"API {about.get('apiVersion')}; 6.5 is the oldest supported"
        )
    talk.requests = soap.Requests(version, about["apiVersion"], content)
    return content


async def _snapshot(talk: Talk) -> Mapping[str, str]:
    reply = await talk.must(talk.requests.view())
    view = soap.returned_text(reply.body)
    async with closing(talk, talk.requests.drop_view(view)):
        before = await _members(talk, Asked.BEFORE, view)
        shown: set[str] = set()
        for stage, paths in STAGES.items():
            shown |= await _stage(talk, stage, view, paths)
        after = await _members(talk, Asked.AFTER, view)
        lasting = {ref: kind for ref, kind in before.items() if ref in after}
        await _again(talk, {ref: kind for ref, kind in lasting.items() if ref not in shown})
        return lasting


async def _members(talk: Talk, name: Asked, view: str) -> Mapping[str, str]:
    reply = await _page(talk, talk.requests.members(name, view), view)
    return soap.members_of(reply.body) if reply else {}


async def _stage(talk: Talk, name: Asked, view: str, paths: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """All pages of one stage; a path that the server turns out not to know is left out and the stage asked again."""
    wanted = {kind: [path for path in rows if _known(talk, kind, path)] for kind, rows in paths.items()}
    for _ in range(sum(map(len, wanted.values()))):
        try:
            return await _pages(talk, name, talk.requests.snapshot(name, view, wanted), view)
        except Faulted as said:
            unknown = said.fault.details.get("name", "")
            if said.fault.type != "InvalidProperty" or not any(unknown in rows for rows in wanted.values()):
                return set()
            wanted = {kind: [path for path in rows if path != unknown] for kind, rows in wanted.items()}
    return set()


async def _pages(talk: Talk, name: Asked, first: Ask, view: str) -> set[str]:
    shown: set[str] = set()
    ask = first
    for _ in range(MAX_PAGES):
        reply = await _page_or_fault(talk, ask, view)
        shown |= soap.refs_of(reply.body)
        token = soap.token_of(reply.body)
        if not token:
            return shown
        ask = talk.requests.more(name, token)
    raise Garbled(talk.target.name, name, f"more than {MAX_PAGES} pages")


async def _page_or_fault(talk: Talk, ask: Ask, view: str) -> Reply:
    """A page, with the three faces of a lost session recognised."""
    try:
        reply = await talk.ask(ask)
    except Faulted as said:
        if said.fault.type == "ManagedObjectNotFound" and said.fault.details.get("obj") == view:
            raise SessionLost from said
        raise
    if soap.session_lost(reply):
        raise SessionLost
    return reply


async def _page(talk: Talk, ask: Ask, view: str) -> Reply | None:
    try:
        return await _page_or_fault(talk, ask, view)
    except Faulted:
        return None


async def _again(talk: Talk, lost: Mapping[str, str]) -> None:
    """Ask once more for objects that were in the view before and after, and in no page."""
    known = {kind: paths for stage in STAGES.values() for kind, paths in stage.items()}
    for ref, kind in sorted(lost.items())[:AGAIN_OBJECTS]:
        if kind in known:
            wanted = {kind: [path for path in known[kind] if _known(talk, kind, path)]}
            await _page(talk, talk.requests.properties(Asked.AGAIN, [(kind, ref)], wanted, page=0), view="")


def _known(talk: Talk, kind: str, path: str) -> bool:
    return path in DECLARED_BY_SUBTYPE or known_to(talk.requests.version, kind, path)
