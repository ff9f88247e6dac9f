"""The ladder to a target: name, reach, tls, login, clock, privilege, read; climbed until a rung breaks, with one login.

The upper rungs are one whole visit whose capture is looked at and thrown away.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from driftline.api.lines import NETWORK, Lines
from driftline.api.site import Site, collector
from driftline.api.visiting import OUTCOMES
from driftline.collectors.egress import Forbidden, trusting
from driftline.collectors.errors import CollectorError
from driftline.collectors.target import Target as Place
from driftline.collectors.visit import Outcome as Asked
from driftline.collectors.visit import Visited, observed, visit
from driftline.config import SecretError, Target
from driftline.config.units import split_address
from driftline.graph.model.observed import Observation, Status
from driftline.graph.records import Outcome

CONNECT_SECONDS = 10
LOGIN = "login"
PRIVILEGES = "privileges"
ACCESS = "access"
"""What a line to a network device answers by itself."""
SHOWN = 3


class State(StrEnum):
    """How a rung holds."""

    OK = "ok"
    PARTIAL = "partial"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: what it is, whether it holds, what was seen, what to do if it does not."""

    name: str
    state: State
    says: str = ""
    do: str = ""


@dataclass(slots=True)
class Ladder:
    """All rungs of a target as far as it was climbed, and how a visit would end."""

    target: str
    rungs: list[Rung] = field(default_factory=list)
    outcome: Outcome = Outcome.COMPLETE
    seconds: float = 0
    calls: int = 0
    misconfigured: bool = False

    def add(self, name: str, says: str = "", state: State = State.OK, do: str = "") -> None:
        """One more rung."""
        self.rungs.append(Rung(name, state, says, do))

    def broken(self, name: str, outcome: Outcome, says: str, do: str) -> Ladder:
        """The last rung."""
        self.add(name, says, State.FAIL, do)
        self.outcome = outcome
        return self


async def climb(site: Site, target: Target, lines: Lines) -> Ladder:
    """Try every rung to a target; never raises for what the target or its settings do wrong."""
    ladder = Ladder(target.name)
    try:
        place, line = site.place(target), lines.to(target)
    except SecretError as error:
        ladder.misconfigured = True
        return ladder.broken(
            "credential", Outcome.REFUSED, str(error), f"repair credential {', '.join(target.accounts)}"
        )
    if not await (_named if target.collector == NETWORK else _reached)(site, place, ladder):
        return ladder
    visited = await visit(collector(target.collector), place, line)
    ladder.seconds, ladder.calls = round(visited.seconds, 1), len(visited.capture.entries)
    _upper(ladder, target, visited)
    return ladder


async def _named(site: Site, place: Place, ladder: Ladder) -> bool:
    """The one rung below SNMP that can be seen from here."""
    host, port = split_address(place.address) or (place.address, None)
    return await _resolved(site, ladder, host, port or 0) is not None


async def _reached(site: Site, place: Place, ladder: Ladder) -> bool:
    parts = urlsplit(place.url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    address = await _resolved(site, ladder, host, port)
    if address is None or not await _connected(ladder, address, port):
        return False
    return parts.scheme != "https" or await _trusted(ladder, place, address, port, host)


async def _resolved(site: Site, ladder: Ladder, host: str, port: int) -> str | None:
    try:
        address = await site.egress.resolve(host, port)
    except Forbidden as error:
        ladder.broken("name", Outcome.REFUSED, str(error), "list its network under networks: if it is meant")
        return None
    except OSError as error:
        ladder.broken("name", Outcome.UNREACHABLE, str(error), "check the address of the target and the name server")
        return None
    ladder.add("name", "" if address == host else address)
    return address


async def _connected(ladder: Ladder, address: str, port: int) -> bool:
    start = time.monotonic()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(address, port)
    except (OSError, TimeoutError) as error:
        why = f"{address}:{port}: {getattr(error, 'strerror', None) or 'no answer'}"
        ladder.broken("reach", Outcome.UNREACHABLE, why, "check route, firewall and port")
        return False
    writer.close()
    ladder.add("reach", f"{(time.monotonic() - start) * 1000:.0f} ms")
    return True


async def _trusted(ladder: Ladder, place: Place, address: str, port: int, host: str) -> bool:
    trust = place.trust
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(address, port, ssl=trusting(trust), server_hostname=host)
    except (OSError, TimeoutError) as error:
        why = getattr(error, "verify_message", None) or str(error) or "no answer to the handshake"
        do = "set tls.ca or tls.pin of the target, after checking the machine"
        ladder.broken("tls", Outcome.REFUSED, why, do)
        return False
    writer.close()
    how = f"pinned {trust.pin.removeprefix('sha256:')[:4]}" if trust.pin else "own authority" if trust.ca else ""
    ladder.add("tls", how)
    return True


def _upper(ladder: Ladder, target: Target, visited: Visited) -> None:
    error = visited.error
    asked = Counter(entry.ask for entry in visited.capture.entries)
    answered = target.collector == NETWORK and bool(set(asked) - {ACCESS})
    if error and not answered and (error.ask == LOGIN or not asked[LOGIN]):
        ladder.broken("login" if error.ask == LOGIN else "read", OUTCOMES[visited.outcome], error.why, error.do)
        return
    ladder.add("login")
    try:
        seen = Observation.gather(observed(collector(target.collector), visited.capture))
    except CollectorError as bug:
        ladder.broken("read", Outcome.FAILED, bug.why, bug.do)
        return
    if seen.clock:
        ladder.add("clock", f"{seen.clock.offset_ms / 1000:+.1f} s")
    if missing := [unread.why for unread in seen.unread if unread.ask == PRIVILEGES]:
        do = f"grant the role Read-only on the root folder, propagated; then: driftline check {target.name}"
        ladder.add("privilege", "; ".join(missing[:SHOWN]), State.PARTIAL, do)
        ladder.outcome = Outcome.PARTIAL
    else:
        ladder.add("privilege")
    _read(ladder, visited, seen, error)


def _read(ladder: Ladder, visited: Visited, seen: Observation, error: CollectorError | None) -> None:
    if error:
        ladder.broken("read", OUTCOMES[visited.outcome], error.why, error.do)
        return
    partial = [f"{row.kind} {row.group}" for row in seen.coverage if row.status is not Status.COMPLETE]
    if partial or visited.outcome is not Asked.COMPLETE:
        do = "see driftline runs show after a visit for each reason"
        ladder.add("read", f"{len(partial)} groups incomplete: {', '.join(partial[:SHOWN])}", State.PARTIAL, do)
        ladder.outcome = Outcome.PARTIAL
    else:
        ladder.add("read", f"{len(seen.items)} items")
