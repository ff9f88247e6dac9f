"""An operator of the lab's network: driftline runs where all devices are reached, and requests come as files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from driftline.api.site import Site
from driftline.collectors import COLLECTORS
from driftline.config import Settings
from driftline.graph.model.values import Key
from driftline.graph.store import Direction, Store
from tests.api.program import Program
from tests.lab.network import AUTH, COMMUNITY, NODES, PRIVACY, USER, Network, address_of

Row = Mapping[str, Any]
Told = set[tuple[str, str, str]]
GOOD = 0


def settings(lab: Network, store: Mapping[str, str]) -> dict[str, Any]:
    """The configuration: spine2 by SNMP 3, all others by 2c, and the command line of all of them."""
    return {
        "store": dict(store),
        "networks": ["10.99.0.0/24", "127.0.0.0/8"],
        "credentials": {
            "community": {"kind": "snmp", "community": "env:COMMUNITY"},
            "user": {
                "kind": "snmp_v3", "user": USER, "auth": "SHA", "auth_secret": "env:AUTH", "privacy": "AES",
                "privacy_secret": "env:PRIVACY",
            },
            "shell": {"kind": "ssh", "user": "root", "key": f"file:{lab.key}"},
        },
        "targets": [
            {"name": f"{node}-target", "collector": "network", "address": address_of(node),
             "credentials": ["user" if node == "spine2" else "community", "shell"]}
            for node in NODES
        ],
    }  # fmt: skip


@dataclass
class Operator:
    """Somebody at a shell in the management network. ``environ`` holds the secrets."""

    program: Program
    environ: Mapping[str, str]
    known: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, program: Program, **more: str) -> Operator:
        """With the lab's credentials."""
        return cls(program, {"COMMUNITY": COMMUNITY, "AUTH": AUTH, "PRIVACY": PRIVACY, **more})

    def run(self, *words: str) -> Any:  # noqa: ANN401 -- any document
        """Run a command that succeeds, and read what it printed."""
        said = self.program(*words, "-o", "json", **self.environ)
        assert said.returncode == GOOD, said.stderr + said.stdout
        return json.loads(said.stdout)

    def visit(self) -> list[Row]:
        """Visit everything; gives the changes that are new, each with its verdict."""
        reports = self.run("visit", "--all")
        assert [row["outcome"] for row in reports] == ["complete"] * len(NODES), reports
        changes = self.run("changes", "list", "--limit", "1000")["rows"]
        new = [row for row in changes if row["id"] not in self.known]
        self.known |= {row["id"] for row in new}
        return new

    def request(self, number: str, device: str, path: str, value: str) -> None:
        """Hand in a request, approved long ago, whose window is open now."""
        now = datetime.now(UTC)
        document = {
            "source_id": number, "number": number, "valid_from": _iso(now - timedelta(days=1)),
            "type": "Normal", "state": "Approved", "requester": "rita",
            "windows": [{"start": _iso(now - timedelta(hours=1)), "end": _iso(now + timedelta(hours=1))}],
            "scope": [{"text": device, "kind": "NetworkDevice"}],
            "expected": [{"path": path, "op": "set", "value": value}],
            "approvals": [{"approver": "anna", "decided_at": _iso(now - timedelta(hours=20))}],
        }  # fmt: skip
        file = self.program.folder / f"{number}.json"
        file.write_text(json.dumps({"version": 1, "rfcs": [document]}))
        self.run("import", str(file))

    def why(self, change: Row) -> str:
        """What would change the verdict of a change."""
        return str(self.run("changes", "explain", change["id"])["answer"]["would_change"])

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store, opened to look into it."""
        file = self.program.folder / "driftline.yaml"
        site = Site(Settings.load(file, {}, collectors=COLLECTORS), self.environ, actor="local:test")
        with site.store() as opened:
            yield opened

    def adjacencies(self) -> set[tuple[str, str, str, str]]:
        """Whom each device hears at present, in the form of ``Cable.directions``."""
        with self.store() as store:
            names = {row.id: str(row.body["name"]) for row in store.find("NetworkDevice")}
            rows = [row.body for row in store.find("NeighbourRow")]
        return {
            (names[row["device"]], row["port"], one["name"], bytes.fromhex(one["port_id"]).decode())
            for row in rows
            for one in row.get("heard", ())
        }

    def links(self) -> set[frozenset[tuple[str, str]]]:
        """Cables that are drawn at present, each as its two ends: name of the device and of the port."""
        with self.store() as store:
            devices = {row.id: str(row.body["name"]) for row in store.find("NetworkDevice")}
            ports = {Key(row.id): str(row.body["name"]) for row in store.find("Interface")}
            owners = {link.src: devices[link.dst] for link in store.links(sorted(ports), Direction.OUT, ["PART_OF"])}
            drawn = store.links(sorted(ports), Direction.OUT, ["CONNECTED_TO"])
        return {frozenset((owners[end], ports[end]) for end in (link.src, link.dst)) for link in drawn}


def told(rows: Sequence[Row]) -> Told:
    """Changes as item, path and op."""
    return {(row["name"], row["path"], row["op"]) for row in rows}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
