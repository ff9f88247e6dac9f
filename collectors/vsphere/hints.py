"""What hosts hear of their switches (CDP, LLDP), asked of each connected host by itself.

A visit can do without it: a host that refuses or does not answer costs its own hints, and all of them together cost no
more than ``SECONDS``. Read-only: ``QueryNetworkHint`` reports what the host's cards have heard already.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from driftline.collectors.ask import Reply
from driftline.collectors.capture import Capture, Entry
from driftline.collectors.errors import CollectorError, Garbled, Unsupported
from driftline.collectors.vsphere import soap
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.decode import END_OF_ENVELOPE, HEAD_BYTES, Found, decode_object, mend
from driftline.collectors.vsphere.pages import page_or_nothing
from driftline.collectors.vsphere.shown import moref
from driftline.collectors.vsphere.talk import Faulted, SessionLost, Talk

SECONDS, HOST_SECONDS = 120, 10
"""For all hosts of a visit, and for one of them."""
MOST, CHUNK = 2_000, 100
"""Hosts asked in a visit, and named in one ask for their network systems."""
SYSTEM = re.compile(r'type="HostNetworkSystem"[^>]*>([^<]+)<')


@dataclass(frozen=True, slots=True)
class Hints:
    """A host as it names its cards, and a decoded ``PhysicalNicHintInfo`` of each card that heard something."""

    host: Found
    hints: tuple[dict[str, Any], ...]


async def capture(talk: Talk, hosts: Sequence[str]) -> None:
    """Ask each connected host what it hears, one after the other, in every visit another first.

    So where the time does not suffice for all, it is not always the same ones that are left out.
    """
    with suppress(SessionLost, Faulted, CollectorError, TimeoutError):
        async with asyncio.timeout(SECONDS):
            systems = list[str]()
            turn = 0
            for start in range(0, len(hosts), CHUNK):
                reply = await talk.ask(talk.requests.network_systems(hosts[start : start + CHUNK]))
                systems += _connected(reply)
                turn = reply.end_ms
            first = turn % len(systems) if systems else 0
            await _ask_all(talk, [*systems[first:], *systems[:first]][:MOST])


def _connected(reply: Reply) -> Iterator[str]:
    for host in page_or_nothing(reply.body):
        if host.props.get("runtime.connectionState") == "connected" and (system := _system(host)):
            yield system


async def _ask_all(talk: Talk, systems: Sequence[str]) -> None:
    """What ends the conversation ends this; what one host does costs that host."""
    for system in systems:
        with suppress(Faulted, Garbled, Unsupported, TimeoutError):
            async with asyncio.timeout(HOST_SECONDS):
                await talk.ask(talk.requests.network_hints(system))


def hints_of(capture: Capture) -> Iterator[Hints]:
    """The hosts that answered, with what they hear. A host that was not asked, or did not answer, is not among them."""
    answers = _answers(capture)
    for entry in capture.named(Asked.NETWORK_SYSTEMS):
        for host in page_or_nothing(capture.body(entry)):
            answer = answers.get(_system(host))
            body = capture.body(answer) if answer else b""
            if answer and not _wrong(body):
                said = (decode_object(one, "PhysicalNicHintInfo", []) for one in soap.returned(mend(body)))
                yield Hints(host, tuple(said))


def unanswered(capture: Capture) -> Iterator[tuple[str, str]]:
    """Network systems that were asked and gave no answer, each with the reason."""
    for system, answer in _answers(capture).items():
        if why := _wrong(capture.body(answer)):
            yield system, why


def _answers(capture: Capture) -> dict[str, Entry]:
    asked = ((SYSTEM.search(entry.asked), entry) for entry in capture.named(Asked.NETWORK_HINTS))
    return {found[1]: entry for found, entry in asked if found}


def _wrong(body: bytes) -> str:
    if fault := soap.fault_of(body):
        return fault.type or "fault"
    return "" if END_OF_ENVELOPE.search(body[-HEAD_BYTES:]) else "not understood"


def _system(host: Found) -> str:
    found = moref(host.props.get("configManager.networkSystem"))
    return found[1] if found else ""
