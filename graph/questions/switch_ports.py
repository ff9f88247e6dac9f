"""Which switch ports and VLANs a virtual machine depends on: from its cards over the uplinks of its own host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from driftline.graph.lookup import pieces
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.questions.names import CiName, names, read_all
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Direction, State, Store

OUT, IN = Direction.OUT, Direction.IN


@dataclass(frozen=True, slots=True)
class SwitchPort:
    """One way of a card to a switch. ``port`` is the switch itself where its port is not known.

    ``vlan`` is the port group's, none for untagged frames. ``carried``: whether the switch port carries it, by what
    both said last; none where the port does not say, or the port group carries more than one.
    """

    card: CiName
    port_group: CiName
    uplink: CiName
    port: CiName
    vlan: str | None
    carried: bool | None


def switch_ports(viewer: Viewer, store: Store, machine: Key, *, at: Micros | None = None) -> tuple[SwitchPort, ...]:
    """Every way from a machine to a switch port; none where a part of it is not known."""
    reading = _Reading(store, at)
    ways = sorted(reading.ways(machine))
    known = names(viewer, store, {ci for way in ways for ci in way}, at=at)
    states = read_all(store, {ci for _, group, _, port in ways for ci in (group, port)}, at=at)
    aggregates = reading.ends([port for *_, port in ways], "MEMBER_OF")
    bundled = read_all(store, sorted(set(aggregates.values())), at=at)
    found = []
    for card, group, uplink, port in ways:
        vlan = str(states[group].attrs["vlan"]) if "vlan" in states[group].attrs else None
        said = [state for state in (states[port], bundled.get(aggregates.get(port, port))) if state]
        found.append(SwitchPort(known[card], known[group], known[uplink], known[port], vlan, _carried(vlan, said)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reading:
    store: Store
    at: Micros | None

    def ways(self, machine: Key) -> Iterator[tuple[Key, Key, Key, Key]]:
        """Card, port group, uplink and port."""
        host = self.ends([machine], "RUNS_ON")
        server = self.ends(host.values(), "RUNS_ON")
        groups = self._groups(machine, host.get(machine))
        switches = self.ends(groups.values(), "PART_OF")
        nics = self._many(server.values(), "PART_OF", IN)
        uplinks = self._many(switches.values(), "UPLINKS_TO", OUT)
        cables = self._many({nic for ends in uplinks.values() for nic in ends}, "CONNECTED_TO", OUT)
        own = {nic for ends in nics.values() for nic in ends}
        for card, group in groups.items():
            for nic in own.intersection(uplinks.get(switches.get(group, group), ())):
                yield from ((card, group, nic, port) for port in cables.get(nic, ()))

    def _groups(self, machine: Key, host: Key | None) -> dict[Key, Key]:
        """Port groups by card; of a name that stands for equal groups of many hosts, the one of this host."""
        plugged = self.ends(self._many([machine], "PART_OF", IN).get(machine, ()), "ATTACHED_TO")
        switches = self._many([host] if host else (), "PART_OF", IN)
        local = self._many((ci for ends in switches.values() for ci in ends), "PART_OF", IN)
        own = self._titles(group for ends in local.values() for group in ends)
        by_name = {name: group for group, name in own.items()}
        title = self._titles(plugged.values())
        distributed = self.ends(plugged.values(), "PART_OF")
        return {c: g if g in distributed else by_name.get(title.get(g, ""), g) for c, g in plugged.items()}

    def ends(self, cis: Iterable[Key], type_: str) -> dict[Key, Key]:
        """Where each one's only link of a type leads."""
        return {ci: ends[0] for ci, ends in self._many(cis, type_, OUT).items()}

    def _many(self, cis: Iterable[Key], type_: str, direction: Direction) -> dict[Key, list[Key]]:
        found: defaultdict[Key, list[Key]] = defaultdict(list)
        for piece in pieces(sorted(set(cis))):
            for link in self.store.links(piece, direction, [type_], at=self.at):
                near, far = (link.src, link.dst) if direction is OUT else (link.dst, link.src)
                found[near].append(far)
        return found

    def _titles(self, cis: Iterable[Key]) -> Mapping[Key, str]:
        states = read_all(self.store, sorted(set(cis)), at=self.at)
        return {ci: str(state.attrs.get("name", "")) for ci, state in states.items() if state.kind == "PortGroup"}


def _carried(vlan: str | None, ports: Iterable[State]) -> bool | None:
    """By the port, else by the aggregate that it is bundled in. Tagged frames of the untagged VLAN may pass or not."""
    for port in ports:
        untagged, tagged = port.attrs.get("untagged_vlan"), port.attrs.get("tagged_vlans")
        if vlan is None and untagged is not None:
            return True
        if vlan is not None and vlan.isdigit() and tagged is not None:
            return _within(int(vlan), tagged) or (None if untagged == int(vlan) else False)
    return None


def _within(vlan: int, ranges: Value) -> bool:
    """Whether ``10,20-29`` holds a VLAN."""
    spans = (part.partition("-") for part in str(ranges or "").split(",") if part)
    return any(int(low) <= vlan <= int(high or low) for low, _, high in spans)
