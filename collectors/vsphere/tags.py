"""Tags of virtual machines, over the REST side of a vCenter: its newer address first, then the older one.

A visit can do without them: whatever fails here costs the coverage of tags and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from driftline.collectors.ask import Ask, Auth
from driftline.collectors.capture import Capture, Entry
from driftline.collectors.contract import Line
from driftline.collectors.errors import CollectorError
from driftline.collectors.vsphere.asks import TAG_CHUNK, Asked

SESSION_HEADER = "vmware-api-session-id"
SESSION_KEY = r'^\s*(?:\{"value":\s*)?"([^"]*)"'


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where one generation of the REST API keeps its things."""

    session: str
    tagging: str
    id_mark: str
    action: str


DIALECTS = (
    Dialect("/api/session", "/api/cis/tagging", "", "action"),
    Dialect("/rest/com/vmware/cis/session", "/rest/com/vmware/cis/tagging", "id:", "~action"),
)


class NoTags(Exception):
    """The server did not answer as hoped."""


async def capture(line: Line, machines: Sequence[str]) -> None:
    """Ask for all tags and which of them the machines carry."""
    with suppress(NoTags, CollectorError):
        for dialect in DIALECTS:
            reply = await line.ask(_session(dialect))
            key = _answer(reply.body) if reply.status < 300 else None  # noqa: PLR2004 -- HTTP
            if isinstance(key, str):
                await _Rest(line, dialect, key).everything(machines)
                return


@dataclass(frozen=True, slots=True)
class _Rest:
    line: Line
    dialect: Dialect
    key: str = field(repr=False)

    async def everything(self, machines: Sequence[str]) -> None:
        try:
            listed = await self._get(Asked.TAGS, "/tag")
            categories = set()
            for tag in sorted(listed):
                categories.add((await self._get(Asked.TAG, f"/tag/{self.dialect.id_mark}{tag}"))["category_id"])
            for category in sorted(categories):
                await self._get(Asked.CATEGORY, f"/category/{self.dialect.id_mark}{category}")
            for start in range(0, len(machines) if listed else 0, TAG_CHUNK):
                await self._attached(machines[start : start + TAG_CHUNK])
        except (TypeError, KeyError, AttributeError) as odd:
            raise NoTags from odd
        finally:
            await self.line.ask(self._ask(Asked.TAG_GOODBYE, self.dialect.session, method="DELETE"))

    async def _attached(self, machines: Sequence[str]) -> None:
        things = [{"id": ref, "type": "VirtualMachine"} for ref in machines]
        path = f"{self.dialect.tagging}/tag-association?{self.dialect.action}=list-attached-tags-on-objects"
        await self._answer(self._ask(Asked.ATTACHED, path, json.dumps({"object_ids": things})))

    async def _get(self, name: Asked, path: str) -> Any:  # noqa: ANN401 -- decoded JSON
        return await self._answer(self._ask(name, self.dialect.tagging + path, method="GET"))

    async def _answer(self, ask: Ask) -> Any:  # noqa: ANN401 -- decoded JSON
        reply = await self.line.ask(ask)
        if reply.status != 200:  # noqa: PLR2004 -- HTTP
            raise NoTags
        return _answer(reply.body)

    def _ask(self, name: Asked, path: str, text: str = "", method: str = "POST") -> Ask:
        headers = {SESSION_HEADER: self.key, "Content-Type": "application/json"}
        return Ask(name, path, text, method=method, headers=headers)


def _session(dialect: Dialect) -> Ask:
    return Ask(Asked.TAG_SESSION, dialect.session, auth=Auth.BASIC, hides=SESSION_KEY)


def _answer(body: bytes) -> Any:  # noqa: ANN401 -- decoded JSON
    """The answer in a body; the older address wraps it in ``value``."""
    try:
        said = json.loads(body)
    except ValueError as error:
        raise NoTags from error
    return said["value"] if isinstance(said, dict) and "value" in said else said


@dataclass(frozen=True, slots=True)
class Tags:
    """Tags per machine as ``category/tag``. ``asked`` is ``None`` if there are no tags at all, so nobody has any."""

    of: Mapping[str, tuple[str, ...]]
    asked: frozenset[str] | None

    def of_machine(self, moref: str) -> tuple[str, ...] | None:
        """The tags of a machine; ``None`` if they were not asked for."""
        return self.of.get(moref, ()) if self.asked is None or moref in self.asked else None


def read_tags(capture: Capture) -> Tags | str:
    """All tags, or why they are not known."""
    try:
        return _read(capture)
    except (NoTags, TypeError, KeyError, AttributeError) as error:
        return str(error) or "not answered"


def _read(capture: Capture) -> Tags:
    if [entry.status for entry in capture.named(Asked.TAG_SESSION)][-1:] not in ([200], [201]):
        raise NoTags("no session")
    listed = list(_answers(capture, Asked.TAGS))
    if not listed:
        raise NoTags("not answered")
    categories = {row["id"]: row["name"] for row in _answers(capture, Asked.CATEGORY)}
    names = {row["id"]: f"{categories[row['category_id']]}/{row['name']}" for row in _answers(capture, Asked.TAG)}
    if nameless := set(listed[0]) - set(names):
        raise NoTags(f"{len(nameless)} tags without a name")
    of: dict[str, tuple[str, ...]] = {}
    asked: set[str] = set()
    for entry in capture.named(Asked.ATTACHED):
        rows = _checked(capture, entry)
        of |= {row["object_id"]["id"]: tuple(names[tag] for tag in row["tag_ids"] or ()) for row in rows}
        asked |= {thing["id"] for thing in json.loads(entry.asked)["object_ids"]}
    return Tags(of, frozenset(asked) if listed[0] else None)


def _answers(capture: Capture, name: Asked) -> Iterator[Any]:
    for entry in capture.named(name):
        yield _checked(capture, entry)


def _checked(capture: Capture, entry: Entry) -> Any:  # noqa: ANN401 -- decoded JSON
    if entry.status != 200:  # noqa: PLR2004 -- HTTP
        raise NoTags(f"{entry.ask}: HTTP {entry.status}")
    return _answer(capture.body(entry))
