"""A network for tests: two spines, two leaves and a host, each a real Linux system in namespaces of its own.

``python3 -m tests.lab.network install | up | down [NAME]``, from the checkout, as root, with the standard library.
Each node runs snmpd (v2c ``public``; v3 ``labv3`` SHA/AES) with lldpd as its subagent, and sshd. A management namespace
with a bridge reaches all of them at 10.99.0.11 to .15; nothing leaves the machine. Cables run through a patch panel, a
namespace that nobody reads, so that one can be cut without touching its ports.
"""

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab import process
from tests.lab.daemons import LLDPD, SNMPD, SSHD
from tests.lab.process import LabError, run

PACKAGES = {
    "ip": "iproute2",
    "nsenter": "util-linux",
    "snmpd": "snmpd",
    "snmpbulkwalk": "snmp",
    "lldpd": "lldpd",
    "sshd": "openssh-server",
    "ssh-keygen": "openssh-client",
}
MANAGEMENT, PANEL = "management", "panel"
NODES = ("spine1", "spine2", "leaf1", "leaf2", "host1")
COMMUNITY = "public"
OPERATOR = "operator"
"""The community with which a node's own operator writes; driftline never has it."""
USER, AUTH, PRIVACY = "labv3", "labauth123", "labpriv123"
SYS_NAME, IF_ALIAS = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.31.1.1.1.18"
IF_NAME, IF_OPER, UP = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.2.2.1.8", {"1", "up"}
ENGINE_ID = "0x80001f8804"
"""Of an engine that names itself by a text."""
CACHES = [f"1.3.6.1.4.1.8072.1.5.3.1.2.1.3.6.1.2.1.4.{table}" for table in ("34", "24.7")]
"""For how many seconds net-snmp repeats what it said of addresses and routes before; else it is 30 and 60."""
LLDP_PASSES = "0x4000"
"""A bridge keeps the frames of LLDP for itself, unless it is told to pass them on."""
START_SECONDS = 10

HOLD = (
    "mount -t tmpfs -o mode=755 none /run && mkdir -p /run/sshd /run/lldpd /run/agentx && hostname {name}"
    " && exec sleep infinity"
)


@dataclass(frozen=True, slots=True)
class Cable:
    """What is truly plugged in: port ``a_port`` of node ``a`` into port ``b_port`` of node ``b``."""

    a: str
    a_port: str
    b: str
    b_port: str

    def directions(self) -> Iterator[tuple[str, str, str, str]]:
        """As each of its ends tells it: own name, own port, the other's name, the other's port."""
        yield (self.a, self.a_port, self.b, self.b_port)
        yield (self.b, self.b_port, self.a, self.a_port)


CABLES = (
    Cable("leaf1", "swp1", "spine1", "swp1"),
    Cable("leaf1", "swp2", "spine2", "swp1"),
    Cable("leaf2", "swp1", "spine1", "swp2"),
    Cable("leaf2", "swp2", "spine2", "swp2"),
    Cable("leaf1", "swp3", "host1", "eth1"),
    Cable("leaf2", "swp3", "host1", "eth2"),
)


def address_of(node: str) -> str:
    """The management address of a node."""
    return f"10.99.0.{11 + NODES.index(node)}"


@dataclass(frozen=True, slots=True)
class Network:
    """One network by name. ``folder`` is readable by everybody: lldpd gives up its rights and reads it then."""

    name: str
    folder: Path

    def up(self) -> None:
        """Build it and wait until every agent answers. It must not exist yet.

        Raises:
            LabError: not root, a program is missing, or a daemon did not start.
        """
        _require()
        self.down()
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)])
        self._management()
        run(["ip", "netns", "add", self.space(PANEL)])
        for node in NODES:
            self._node(node)
        for number, cable in enumerate(CABLES, 1):
            self._cable(number, cable)
        for leaf in ("leaf1", "leaf2"):
            self._bridge(leaf)
        self.ip("host1", "addr", "add", "10.99.21.10/24", "dev", "eth1")
        self.ip("host1", "addr", "add", "10.99.22.10/24", "dev", "eth2")
        for node in NODES:
            self._daemons(node)
            for cache in CACHES:
                self._tell(node, cache, "1", "i")
        for node, port, other, other_port in (end for cable in CABLES for end in cable.directions()):
            self.describe(node, port, f"to {other}:{other_port}")

    def down(self) -> None:
        """End every process inside its namespaces, delete them and all files; harmless when it does not exist."""
        spaces = [space for space in _spaces() if space.startswith(f"{self.name}-")]
        for sign, seconds in ((signal.SIGTERM, 2), (signal.SIGKILL, 5)):
            for pid in [pid for space in spaces for pid in _pids(space)]:
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
            process.until(lambda: not any(_pids(space) for space in spaces), seconds)
        for space in spaces:
            run(["ip", "netns", "del", space])
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def key(self) -> Path:
        """The private key that opens every node for ``root``."""
        return self.folder / "id"

    def space(self, node: str = MANAGEMENT) -> str:
        """Name of the network namespace of a node."""
        return f"{self.name}-{node}"

    def inside(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs a program where all management addresses are reached."""
        return ["ip", "netns", "exec", self.space(), *argv]

    def within(self, node: str, *argv: str) -> str:
        """Run a program on a node and return what it printed."""
        return run([*self._enter(node), *argv])

    def ip(self, node: str, *words: str) -> None:
        """``ip`` about the interfaces of a node."""
        run(["ip", "-n", self.space(node), *words])

    def cut(self, cable: Cable) -> None:
        """Take it away: both ports lose their carrier, and nobody switched them off."""
        self._plug(cable, "down")

    def mend(self, cable: Cable) -> None:
        """Plug it in again."""
        self._plug(cable, "up")

    def rename(self, node: str, name: str) -> None:
        """Give a node another host name, for SNMP and LLDP too; no daemon starts anew."""
        self.within(node, "hostname", name)
        self.within(node, "lldpcli", "-u", "/run/lldpd.socket", "configure", "system", "hostname", name)
        self._tell(node, SYS_NAME, name)

    def describe(self, node: str, port: str, text: str) -> None:
        """Give a port another description. The agent does not take it from the system, so it is told too."""
        self.ip(node, "link", "set", port, "alias", text)
        index = self.within(node, "cat", f"/sys/class/net/{port}/ifindex").strip()
        self._tell(node, f"{IF_ALIAS}.{index}", text)

    def adjacencies(self) -> set[tuple[str, str, str, str]]:
        """What the nodes' own neighbour tables say now, in the form of ``Cable.directions``."""
        return {one for node in NODES for one in self._neighbours(node)}

    def settle(
        self, cables: Sequence[Cable] = CABLES, called: Mapping[str, str] | None = None, seconds: float = 30
    ) -> None:
        """Wait until neighbour tables and agents tell of these cables and no others; ``called`` are nodes' new names.

        Raises:
            LabError: they do not.
        """
        names = called or {}
        ends = [end for cable in cables for end in cable.directions()]
        wanted = {(node, port, names.get(other, other), other_port) for node, port, other, other_port in ends}
        live = {(node, port) for node, port, _, _ in ends}
        if not process.until(lambda: self.adjacencies() == wanted and self._live() == live, seconds):
            raise LabError(f"the network did not settle: {sorted(self.adjacencies() ^ wanted)} {self._live() ^ live}")

    def _live(self) -> set[tuple[str, str]]:
        """Cabled ports that their agents call up. Agents repeat for some seconds what they said before."""
        cabled = {(node, port) for cable in CABLES for node, port, _, _ in cable.directions()}
        return {(node, port) for node in NODES for port in self._up(node) if (node, port) in cabled}

    def _up(self, node: str) -> Iterator[str]:
        words = ["snmpbulkwalk", "-v2c", f"-c{COMMUNITY}", "-On", "-Oq", address_of(node)]
        names, states = (run(self.inside([*words, oid]), {"MIBS": ""}).splitlines() for oid in (IF_NAME, IF_OPER))
        for name, state in zip(names, states, strict=True):
            if state.split()[-1] in UP:
                yield name.split()[-1].strip('"')

    def _neighbours(self, node: str) -> Iterator[tuple[str, str, str, str]]:
        said = json.loads(self.within(node, "lldpcli", "-u", "/run/lldpd.socket", "-f", "json0", "show", "neighbors"))
        for lldp in said["lldp"]:
            for port in lldp.get("interface", []):
                chassis, far = port["chassis"][0], port["port"][0]
                yield (node, port["name"], chassis["name"][0]["value"], far["id"][0]["value"])

    def _tell(self, node: str, oid: str, value: str, form: str = "s") -> None:
        ask = ["snmpset", "-v2c", f"-c{OPERATOR}", "-On", address_of(node), oid, form, value]
        run([*self._enter(node), *ask], {"MIBS": ""})

    def _enter(self, node: str) -> list[str]:
        pid = process.pid_of(self._folder(node, "holder"), "infinity")
        if pid is None:
            raise LabError(f"{node} of the network {self.name} does not run")
        return ["nsenter", "-t", str(pid), "-n", "-m", "-u", "--"]

    def _folder(self, node: str, daemon: str = "") -> Path:
        folder = self.folder / node / daemon
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _management(self) -> None:
        run(["ip", "netns", "add", self.space()])
        self.ip(MANAGEMENT, "link", "set", "lo", "up")
        self.ip(MANAGEMENT, "link", "add", "mbr", "type", "bridge")
        self.ip(MANAGEMENT, "addr", "add", "10.99.0.1/24", "dev", "mbr")
        self.ip(MANAGEMENT, "link", "set", "mbr", "up")

    def _node(self, node: str) -> None:
        """Namespaces need a process that lives in them; ``/run`` is private, so that daemons keep their usual paths."""
        run(["ip", "netns", "add", self.space(node)])
        self.ip(node, "link", "set", "lo", "up")
        hold = ["unshare", "--mount", "--uts", "--propagation", "private", "sh", "-c", HOLD.format(name=node)]
        folder = self._folder(node, "holder")
        process.start(folder, [_program("ip"), "netns", "exec", self.space(node), *hold])
        if not process.until(lambda: process.pid_of(folder, "infinity") is not None, START_SECONDS):
            raise LabError(f"{node} does not start: {process.last_lines(folder / 'console.log')}")
        self._wire(node, "mgmt0", MANAGEMENT, f"m-{node}")
        self.ip(MANAGEMENT, "link", "set", f"m-{node}", "master", "mbr", "up")
        self.ip(node, "addr", "add", f"{address_of(node)}/24", "dev", "mgmt0")
        self.ip(node, "link", "set", "mgmt0", "up")

    def _wire(self, a: str, a_port: str, b: str, b_port: str) -> None:
        one, other = self.space(a), self.space(b)
        run(["ip", "link", "add", a_port, "netns", one, "type", "veth", "peer", "name", b_port, "netns", other])

    def _cable(self, number: int, cable: Cable) -> None:
        """Two wires that meet in a bridge of the panel. The panel says nothing itself."""
        self.ip(PANEL, "link", "add", f"c{number}", "type", "bridge", "group_fwd_mask", LLDP_PASSES)
        self.ip(PANEL, "link", "set", f"c{number}", "addrgenmode", "none", "up")
        for at, (node, port, _, _) in enumerate(cable.directions()):
            self._wire(node, port, PANEL, f"c{number}-{at}")
            self.ip(PANEL, "link", "set", f"c{number}-{at}", "addrgenmode", "none", "master", f"c{number}", "up")
            if not cable.b.startswith("host"):
                self.ip(node, "addr", "add", f"10.99.{100 + number}.{at}/31", "dev", port)
            self.ip(node, "link", "set", port, "up")

    def _plug(self, cable: Cable, state: str) -> None:
        for at in range(2):
            self.ip(PANEL, "link", "set", f"c{CABLES.index(cable) + 1}-{at}", state)

    def _bridge(self, leaf: str) -> None:
        self.ip(leaf, "link", "add", "br0", "type", "bridge")
        self.ip(leaf, "link", "set", "swp3", "master", "br0")
        self.ip(leaf, "addr", "add", f"10.99.2{leaf[-1]}.1/24", "dev", "br0")
        self.ip(leaf, "link", "set", "br0", "up")

    def _configure(self, node: str) -> None:
        folder, address = self._folder(node), address_of(node)
        secrets = {"community": COMMUNITY, "operator": OPERATOR, "user": USER, "auth": AUTH, "privacy": PRIVACY}
        engine_id = f"{ENGINE_ID}{node.encode().hex()}"
        (folder / "snmpd.conf").write_text(SNMPD.format(address=address, engine_id=engine_id, **secrets))
        (folder / "lldpd.conf").write_text(LLDPD.format(name=node))
        (folder / "sshd_config").write_text(SSHD.format(address=address, folder=folder))

    def _daemons(self, node: str) -> None:
        folder = self._folder(node)
        self._configure(node)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key")])
        shutil.copy(self.key.with_suffix(".pub"), folder / "authorized_keys")
        self._snmpd(node)
        self._start(node, "lldpd", "-d", "-X", "/run/agentx/master", "-O", str(folder / "lldpd.conf"))
        self._start(node, "sshd", "-D", "-f", str(folder / "sshd_config"), "-E", str(folder / "sshd.log"))

    def _snmpd(self, node: str) -> None:
        """Of its own persistent folder: boots must not be those of another node."""
        folder, state = self._folder(node), self._folder(node, "snmp")
        place = {"SNMP_PERSISTENT_DIR": str(state), "MIBS": ""}
        words = ["-f", "-C", "-c", str(folder / "snmpd.conf"), "-Lf", str(folder / "snmpd.log")]
        self._start(node, "snmpd", *words, **place)
        if not process.until(lambda: self._exists(node, "/run/agentx/master"), START_SECONDS):
            raise LabError(f"snmpd of {node} does not start: {process.last_lines(folder / 'snmpd.log')}")

    def _start(self, node: str, daemon: str, *words: str, **place: str) -> None:
        enter = self._enter(node)
        process.start(self._folder(node, daemon), [_program(enter[0]), *enter[1:], _program(daemon), *words], place)

    def _exists(self, node: str, path: str) -> bool:
        with suppress(LabError):
            self.within(node, "test", "-S", path)
            return True
        return False


def network(name: str = "dl") -> Network:
    """The network called ``name`` (at most 8 letters and digits), there or not."""
    return Network(name, Path(tempfile.gettempdir()) / f"driftline-network-{name}")


def install() -> None:
    """Fetch the Debian packages that are missing (as root)."""
    missing = sorted({package for program, package in PACKAGES.items() if _found(program) is None})
    apt = shutil.which("apt-get")
    if missing and apt and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run([apt, "update"], quiet)
        run([apt, "install", "-y", "--no-install-recommends", *missing], quiet)


def sweep() -> None:
    """Delete the networks of test sessions that were killed: their names end with a pid that is no more."""
    for name in {space.partition("-")[0] for space in _spaces()}:
        owner = name.removeprefix("dl")
        if name.startswith("dl") and owner.isdigit() and not Path(f"/proc/{owner}").exists():
            network(name).down()


def _require() -> None:
    if os.geteuid() != 0:
        raise LabError("the network needs root: namespaces cannot be made without")
    if missing := sorted({package for program, package in PACKAGES.items() if _found(program) is None}):
        raise LabError(f"the network needs the Debian packages {' '.join(missing)}")


def _found(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def _program(name: str) -> str:
    return _found(name) or name


def _spaces() -> list[str]:
    return [line.split()[0] for line in run(["ip", "netns", "list"]).splitlines() if line]


def _pids(space: str) -> list[int]:
    return [int(pid) for pid in run(["ip", "netns", "pids", space]).split()]


def main() -> None:
    """Do what the command line says and print one line."""
    action, *rest = sys.argv[1:] or [""]
    one = network(rest[0] if rest else "dl")
    try:
        if action == "install":
            install()
        elif action == "up":
            one.up()
            one.settle()
            there = " ".join(one.inside(["driftline", "visit", "--all"]))
            print(f"up: {there}; ssh key {one.key}")  # noqa: T201 -- a command's answer
        elif action == "down":
            one.down()
            sweep()
        else:
            sys.exit(__doc__)
    except LabError as error:
        sys.exit(f"lab: {error}")


if __name__ == "__main__":
    main()
