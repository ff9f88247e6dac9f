"""Interfaces as items: each port with its aggregate, the interfaces below it and its VLANs."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.read_interfaces import Port, Ports
from driftline.collectors.network.read_layers import read_bundles, read_layers, read_partners
from driftline.collectors.network.read_vlans import PortVlans, ranges, read_port_vlans
from driftline.graph.model.network import Interface
from driftline.graph.model.observed import ALL, Withheld

VLAN_FIELDS = ("untagged_vlan", "tagged_vlans")


def read_interfaces(answers: Answers, ports: Ports) -> Iterator[Interface | Withheld]:
    """Every port whose name is its alone, and what is not said of it now."""
    for twin in sorted(ports.twins):
        yield Withheld(ports.of(twin), (ALL,), "several ports of this name")
    bundles, layers, partners = read_bundles(answers, ports), read_layers(answers, ports), read_partners(answers)
    vlans = read_port_vlans(answers, ports)
    for index, port in ports.by_index.items():
        if port.name in ports.twins:
            continue
        below = (ports.ref(lower) for lower in layers.get(index, ()))
        known = vlans.get(index, PortVlans(tagged=frozenset()))
        yield Interface(
            name=port.name,
            **port.said,
            lacp_partner=partners.get(index),
            untagged_vlan=known.untagged,
            tagged_vlans=ranges(known.tagged or ()),
            device=ports.device,
            aggregate=ports.ref(bundles.get(index)),
            lower=tuple(sorted({ref for ref in below if ref}, key=lambda ref: ref.values)),
        )
        if unsaid := _unsaid(port, known, bundled=index in bundles):
            yield Withheld(ports.of(port.name), unsaid, "down")


def _unsaid(port: Port, vlans: PortVlans, *, bundled: bool) -> tuple[str, ...]:
    """What a port that is down does not show, though it may be configured."""
    fields = VLAN_FIELDS if vlans == PortVlans() else ()
    return fields if port.oper_up or bundled else (*fields, "aggregate")
