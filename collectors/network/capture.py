"""Asks a network device everything, once, and reads a reply only to learn the next question.

The tables of a stage are asked side by side, as many as the line lets through. An ask that fails costs itself only; a
device that stops answering ends the visit, and what was read before is kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from driftline.collectors.ask import Reply
from driftline.collectors.contract import Line
from driftline.collectors.errors import CollectorError, Garbled
from driftline.collectors.network import asks
from driftline.collectors.network.asks import Choice, Stage, Wanted
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.line import OK, STATUS
from driftline.collectors.network.messages import MESSAGES
from driftline.collectors.network.platforms import Platform, identify, named
from driftline.collectors.network.replies import TableReply, Value, decode_objects, has_rows
from driftline.collectors.network.talk_snmp import VLAN
from driftline.collectors.target import Target

ERRORS: Mapping[int, type[CollectorError]] = {status: error for error, status in STATUS.items()}
TEACHING: tuple[Wanted, ...] = (asks.PHYSICAL, asks.VTP_VLANS)
"""Tables that lead to further questions."""
SILENT_VLANS = 3
"""After so many contexts in a row without an answer no other is asked."""
OPERATIONAL = 1
VLAN_STATE = 2
RESERVED = range(1_002, 1_006)
"""VLANs that every Cisco switch shows and none uses."""


async def capture(target: Target, line: Line, cursor: str = "") -> None:
    """Ask everything over the line, see ``contract.Collector.capture``. There is no event feed, and no cursor."""
    del cursor
    access = json.loads((await line.ask(asks.ACCESS)).body)
    platform = named(access["platform"])
    if asks.METHOD in access["methods"]:
        platform = await _Visit(target, line, platform).run()
    if asks.CLI in access["methods"] and platform and platform.cli:
        commands = PLATFORMS[platform.cli]
        for one in commands.asks:
            await line.ask(commands.ask(one.command))
    if access.get("messages"):
        await line.ask(MESSAGES)
    await line.ask(asks.HOW)


class _Visit:
    """The SNMP part of a visit. A configured platform stands above what the device says it is."""

    def __init__(self, target: Target, line: Line, platform: Platform | None) -> None:
        self.target, self.line, self.platform = target, line, platform
        self.learned: dict[Wanted, bytes] = {}

    async def run(self) -> Platform | None:
        """Ask in the order of a visit; gives the platform."""
        system = await self._system()
        self.platform = self.platform or identify(system)
        for stage in asks.BEFORE_ROUTES:
            await self._stage(stage)
            if stage is asks.INVENTORY and self.platform is None:
                self.platform = identify(system, self._chassis())
        if self.platform and self.platform.vlan_contexts:
            await self._forwarding_by_vlan()
        await self._routes()
        await self._stage(asks.PEERS)
        if self.platform:
            await self._stage(self.platform.parts)
        await self._stamps()
        return self.platform

    async def _stamps(self) -> None:
        """Last of all: what changes after a table was read and before its stamp must not be dated by an older one."""
        await self._wanted(asks.STAMPS)
        if self.platform:
            await self._stage(self.platform.stamps)

    async def _system(self) -> Mapping[str, Value]:
        reply = await self.line.ask(asks.SYSTEM.ask())
        if reply.status != OK:
            error = ERRORS.get(reply.status, Garbled)
            raise error(self.target.name, asks.SYSTEM.name, reply.body.decode(errors="replace"))
        return decode_objects(reply.body)

    async def _stage(self, stage: Stage) -> None:
        """All choices side by side. Every one comes to its end before an error of the line is passed on."""
        found = await asyncio.gather(*map(self._choice, stage), return_exceptions=True)
        for error in found:
            if isinstance(error, BaseException):
                raise error

    async def _choice(self, choice: Choice) -> None:
        for wanted in choice:
            reply = await self._wanted(wanted)
            if reply.status == OK and has_rows(reply.body):
                return

    async def _wanted(self, wanted: Wanted, context: str = "") -> Reply:
        reply = await self.line.ask(wanted.ask(context))
        if wanted in TEACHING and reply.status == OK and not context:
            self.learned[wanted] = reply.body
        return reply

    async def _routes(self) -> None:
        """The routes, unless the device counts more than anybody needs."""
        reply = await self._wanted(asks.ROUTE_COUNTS)
        counts = decode_objects(reply.body) if reply.status == OK else {}
        if all(isinstance(count, int) and count <= asks.MANY_ROUTES for count in counts.values()):
            await self._stage(asks.ROUTES)

    async def _forwarding_by_vlan(self) -> None:
        """The forwarding table of each VLAN that is in use, in the context of its own, with the ports it speaks of."""
        await self._wanted(asks.VTP_VLANS)
        silent = 0
        for vlan in self._vlans():
            context = f"{VLAN}{vlan}"
            replies = [await self._wanted(one, context) for one in (asks.FORWARDING, asks.BASE_PORTS)]
            silent = 0 if any(one.status == OK for one in replies) else silent + 1
            if silent >= SILENT_VLANS:
                return

    def _vlans(self) -> list[int]:
        body = self.learned.get(asks.VTP_VLANS)
        rows = TableReply.decode(body).rows if body else {}
        used = {index[-1] for index, row in rows.items() if row.get(VLAN_STATE) == OPERATIONAL}
        return sorted(used - set(RESERVED))

    def _chassis(self) -> TableReply | None:
        body = self.learned.get(asks.PHYSICAL)
        return TableReply.decode(body) if body else None
