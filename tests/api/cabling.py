"""A memory and visits to switches and hosts, as tests of links need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.api.linking import Linked, Linking
from driftline.api.pipeline import take_in
from driftline.api.visit.order import Order
from driftline.collectors.capture import Capture
from driftline.collectors.network.observe import observe
from driftline.collectors.vsphere.observe import observe as observe_vsphere
from driftline.diff.policy import Policy
from driftline.graph.model.declare import Ref
from driftline.graph.model.hardware import Nic, Server
from driftline.graph.model.observed import MEMBERSHIP, Coverage, SourceIs, Status
from driftline.graph.model.values import Key, Ms
from driftline.graph.store import Direction, Store
from tests.collectors.network.samples import mac, ports
from tests.collectors.network.walks import START, Change, device, shifted

HOUR = 3_600_000
NAMES = ("Gi1/0/1", "Gi1/0/2", "Gi1/0/3")
LOCAL = {(n,): {2: 5, 3: name.encode(), 4: b""} for n, name in enumerate(NAMES, 1)}
Heard = Mapping[int, tuple[int, str]]
"""By own port number: number of the far device, name of its port."""


def switch(number: int, heard: Heard | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- rows of any table
    """What a switch says that hears others by LLDP."""
    rows = {
        (0, port, 1): {4: 4, 5: mac(far * 256), 6: 5, 7: end.encode(), 8: b"", 9: f"sw{far}".encode(), 12: b"\x28"}
        for port, (far, end) in (heard or {}).items()
    }
    return {
        **ports(*NAMES),
        "sysName": f"sw{number}".encode(),
        "dot1dBaseBridgeAddress": mac(number * 256),
        "lldpLocChassisIdSubtype": 4,
        "lldpLocChassisId": mac(number * 256),
        "lldpLocPortTable": LOCAL,
        "lldpRemTable": rows,
        **more,
    }


def cut(table: str) -> Change:
    """A visit in which a table was not answered."""
    return lambda name, body: (0, b"") if name == table else (200, body)


@dataclass
class Net:
    """A memory, and visits to switches an hour apart."""

    store: Store
    clock: list[int]
    visits: int = 0
    policy: Policy = field(default_factory=Policy)
    linking: Linking | None = None

    def visit(self, number: int, said: Mapping[str, Any], *, change: Change | None = None) -> Linked:
        """Take in a visit to a switch, and its links."""
        self.visits += 1
        capture = shifted(device(said, target=f"sw{number}", change=change), self.visits * HOUR)
        order = self.order("network", f"sw{number}", capture.id, capture.start_ms, capture.end_ms)
        with self.store.lease("test") as lease:
            take_in(order, observe(capture), self.store, lease)
            return self._links(lease).after(order, capture)

    def host(self, address: str, name: str = "vmnic0") -> Linked:
        """Take in a visit that shows a host's card."""
        self.visits += 1
        start = Ms(START + self.visits * HOUR)
        order = self.order("vsphere", "vc", f"{self.visits:064x}", start, start)
        server = Server(vendor="Dell", serial="ABC1234")
        card = Nic(device=name, mac=address, server=Ref("Server", "vendor_serial", ("Dell", "ABC1234")))
        groups = ((kind, group) for kind in ("Server", "Nic") for group in (MEMBERSHIP, "config"))
        covered = [Coverage(kind, group, Status.COMPLETE, 1, start, start) for kind, group in groups]
        with self.store.lease("test") as lease:
            take_in(order, [SourceIs("vcenter:1"), server, card, *covered], self.store, lease)
            return self._links(lease).after(order, device({}))

    def vcenter(self, capture: Capture) -> Linked:
        """Take in a visit to a vCenter, at the time of this one."""
        self.visits += 1
        capture = shifted(capture, START + self.visits * HOUR - capture.start_ms)
        order = self.order("vsphere", "vc", capture.id, capture.start_ms, capture.end_ms)
        with self.store.lease("test") as lease:
            take_in(order, observe_vsphere(capture), self.store, lease)
            return self._links(lease).after(order, capture)

    def whole(self) -> Linked:
        """Resolve everything anew."""
        self.visits += 1
        start = Ms(START + self.visits * HOUR)
        self.clock[0] = (start + 60_000) * 1000
        with self.store.lease("test") as lease:
            return self._links(lease).whole(self.order("links", "links", "", start, start))

    def order(self, collector: str, target: str, capture: str, start: Ms, end: Ms) -> Order:
        """What a visit is told."""
        self.clock[0] = (end + 60_000) * 1000
        return Order(
            run=f"{target}@{self.visits}",
            target=target,
            collector=collector,
            capture=capture,
            started_ms=start,
            ended_ms=end,
            policy=self.policy,
            pseudonym=str,
        )

    def _links(self, lease: Any) -> Linking:  # noqa: ANN401 -- the store's own
        if self.linking is None:
            self.linking = Linking(self.store, lease)
        self.linking.lease = lease
        return self.linking

    def ties(self, type_: str = "CONNECTED_TO") -> set[tuple[str, str]]:
        """Links of a type, ends by name."""
        kinds = ("Interface", "NetworkDevice", "Nic", "Segment")
        live = {Key(row.id): self._name(kind, row.body) for kind in kinds for row in self.store.find(kind)}
        part_of = self.store.links(sorted(live), Direction.OUT, ["PART_OF"])
        owner = {link.src: live.get(link.dst, "host") for link in part_of}
        full = {ci: f"{owner[ci]} {name}" if ci in owner else name for ci, name in live.items()}
        return {(full[ln.src], full[ln.dst]) for ln in self.store.links(sorted(live), Direction.OUT, [type_])}

    def states(self) -> dict[str, int]:
        """How many links are drawn, by state."""
        found: dict[str, int] = {}
        for row in self.store.find("LinkProof"):
            if row.body["drawn"]:
                found[row.body["state"]] = found.get(row.body["state"], 0) + 1
        return found

    def findings(self) -> list[str]:
        """Beginnings of open findings about links."""
        rows = (row.body for row in self.store.find("Finding"))
        return sorted(b["text"].partition(":")[0] for b in rows if b["state"] == "open" and b["about"] == "links")

    @staticmethod
    def _name(kind: str, body: Mapping[str, Any]) -> str:
        return str(body.get("name") or body.get("device") or ("segment" if kind == "Segment" else "stub"))
