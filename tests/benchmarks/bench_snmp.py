"""``make bench PART=snmp``: the CPU of the SNMP engine against the C tools of net-snmp.

A table of 33,022 values (1,501 interfaces of 22 columns) at 50 repetitions from the same agent for both, which is the
real snmpd on Linux with 750 pairs of interfaces in a network namespace of its own. ``snmpbulkwalk`` runs without MIB
modules and prints numbers; what it takes to start is measured apart, by ``snmpget``, and subtracted. The engine gives
the table form: {index: {column: value}}. Rounds alternate and the median of their ratios counts. Then whole visits to
switches, by both engines, and among dead addresses (``switches``).
"""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from driftline.collectors.network.snmp import (
    Address,
    Auth,
    Community,
    FastEngine,
    Limit,
    PeerFacts,
    Privacy,
    User,
    ber,
)
from driftline.collectors.network.snmp.credential import Credential
from driftline.collectors.network.snmp.mib import load
from driftline.collectors.target import Password
from tests.benchmarks import switches
from tests.benchmarks.figures import Cost, Figure, measured
from tests.collectors.network.snmp import daemon
from tests.lab import process

ROUNDS = 7
PAIRS = 750
VALUES = (2 * PAIRS + 1) * 22
WALL = 2.0
SPACE = "driftline-snmp"
TABLE = load("IF-MIB").tables["ifTable"].spec
SECRET = Password(daemon.AUTH_SECRET)
COMMUNITY = ("-v2c", "-cpublic")
ACCOUNT = (
    *("-v3", "-l", "authPriv", "-u", "shaaes"),
    *("-a", "SHA", "-A", daemon.AUTH_SECRET, "-x", "AES", "-X", daemon.PRIVACY_SECRET),
)


@dataclass(frozen=True, slots=True)
class Round:
    """CPU and wall seconds of one round: ours, and of the tool without its start."""

    ours: Cost
    theirs: Cost

    @property
    def cpu(self) -> float:
        """Our CPU against the tool's."""
        return self.ours.cpu / self.theirs.cpu


def figures() -> Iterator[Figure]:
    """Ratios in version 2c and version 3; nothing where the peer cannot run."""
    if why := daemon.missing() or ("" if os.geteuid() == 0 else "no root, so no network namespace"):
        sys.stderr.write(f"bench snmp: {why}\n")
        return
    with interfaces(), tempfile.TemporaryDirectory() as folder, daemon.snmpd(Path(folder), SPACE) as port:
        inside = [sys.executable, "-m", "tests.benchmarks.bench_snmp", str(port)]
        printed = daemon.tool(inside, ["ip", "netns", "exec", SPACE]) or ""
    for line in printed.splitlines():
        version, cpu, ratio, wall = line.split()
        bar = {"v2c": 1.5, "v3": 3.0}[version]
        name = f"SNMP {version}: CPU per 10,000 values, table form"
        yield Figure(name, float(cpu) * 10_000 / VALUES * 1_000, "ms", "snmpbulkwalk", float(ratio), bar)
        yield Figure(f"SNMP {version}: wall", float(wall), "ratio", "snmpbulkwalk", float(wall), WALL)
    yield from switches.figures()


@contextmanager
def interfaces() -> Iterator[None]:
    """A network namespace with many interfaces, gone afterwards."""
    process.run(["ip", "netns", "add", SPACE])
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".batch") as batch:
            batch.writelines(f"link add v{at}a type veth peer name v{at}b\n" for at in range(PAIRS))
            batch.flush()
            process.run(["ip", "-n", SPACE, "-batch", batch.name])
        process.run(["ip", "-n", SPACE, "link", "set", "lo", "up"])
        yield
    finally:
        process.run(["ip", "netns", "delete", SPACE])


async def rounds(port: int, credential: Credential, words: tuple[str, ...]) -> list[Round]:
    """Alternate, after one round to warm up."""
    address, found = Address("127.0.0.1", port), []
    async with FastEngine() as engine:
        for _ in range(ROUNDS + 1):
            walked = tool_cost(["snmpbulkwalk", *words, "-On", "-Oq", "-Cr50", str(address), ber.dotted(TABLE.entry)])
            started = tool_cost(["snmpget", *words, "-On", "-Oq", str(address), "1.3.6.1.2.1.1.3.0"])
            with measured(Cost()) as ours:
                async with engine.peer(address, credential, PeerFacts(max_repetitions=50)) as peer:
                    read = await peer.table(TABLE, TABLE.columns, Limit())
            if not read.complete or sum(map(len, read.rows.values())) != VALUES:
                raise RuntimeError(f"not the whole table: {read}")
            found.append(Round(ours, Cost(walked.cpu - started.cpu, walked.wall - started.wall)))
    return found[1:]


def tool_cost(words: list[str]) -> Cost:
    """What a tool took, its output thrown away."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with measured(Cost()) as cost:
        settings = {"PATH": daemon.PATH, "MIBS": ""}
        subprocess.run(words, env=settings, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 -- our own words
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, cost.wall)


def main(port: int) -> None:
    """Measure in this namespace; one line per version: its name, our CPU, its ratio, and the ratio of wall times."""
    user = User("shaaes", Auth.SHA1, SECRET, Privacy.AES128, Password(daemon.PRIVACY_SECRET))
    for version, credential, words in (("v2c", Community(Password("public")), COMMUNITY), ("v3", user, ACCOUNT)):
        found = asyncio.run(rounds(port, credential, words))
        wall = median(one.ours.wall / one.theirs.wall for one in found)
        print(version, median(one.ours.cpu for one in found), median(one.cpu for one in found), wall)


if __name__ == "__main__":
    main(int(sys.argv[1]))
