"""What one visit says for the resolution of links: what the device is called, and what it heard on which port.

From the same answers as the items of the visit, by SNMP and by command line. **What was not read says nothing**: a
protocol, the ports, ARP and the forwarding table are each replaced only where their tables were read whole and every
row of them was understood (``Told.whole``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from driftline.collectors.capture import Capture
from driftline.collectors.network.answers import Answers, Span
from driftline.collectors.network.asks import ARP as ARP_TABLES
from driftline.collectors.network.asks import BASE_PORTS, INTERFACES, LAYER_2, LLDP_LOCAL, NEIGHBOURS, Choice
from driftline.collectors.network.cli.answers import Answer, answers_of
from driftline.collectors.network.cli.rows import HeardRow
from driftline.collectors.network.links.heard import TABLES, Said, heard
from driftline.collectors.network.links.learned import BY_VLAN, on_two_ends, read_arp, read_stations
from driftline.collectors.network.links.local_port import Told as Place
from driftline.collectors.network.links.local_port import indexed_port, lldp_port, named_port
from driftline.collectors.network.links.own import Own, read_own
from driftline.collectors.network.links.ports import Ports
from driftline.collectors.told import ARP, PORTS, STATIONS, Told
from driftline.graph.model.neighbours import ArpRow, Heard, Neighbour, NeighbourRow, Protocol
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Key, Ms

SPEAKS = {Protocol.LLDP: ("lldpLocChassisId", LLDP_LOCAL.name), Protocol.CDP: ("cdpGlobalDeviceId", "cdp local")}
"""The object by which a device says that it speaks a protocol, and the ask that reads it.

An agent whose LLDP part is not up yet answers an empty table as if all neighbours were gone, and has no such object.
"""
NAMED: tuple[Choice, ...] = INTERFACES[:2]
"""What names ports: ifTable and ifXTable."""
NUMBERED: Choice = NEIGHBOURS[1]
"""What says which LLDP port is which."""


def rows_of(capture: Capture) -> Told | None:
    """The rows of a visit; ``None`` if it does not say who answered."""
    answers = Answers.of(capture)
    own = read_own(capture, answers)
    if own is None:
        return None
    reading = _Reading(answers, own, Ports.of(own.table), answers_of(capture), (capture.start_ms, capture.end_ms))
    reading.hear()
    arp = read_arp(answers, own) or on_two_ends(reading.commanded_arp(), reading.ports)
    table = replace(own.table, heard=tuple(reading.outcomes()), arp=arp, stations=read_stations(capture, answers, own))
    return Told(own.device, table, tuple(reading.rows()), frozenset(reading.whole()))


@dataclass(slots=True)
class _Reading:
    answers: Answers
    own: Own
    ports: Ports
    commands: tuple[Answer, ...]
    visit: Span
    at: dict[tuple[Protocol, str], tuple[Place, list[Neighbour]]] = field(default_factory=dict)
    by_command: dict[Protocol, Answer] = field(default_factory=dict)

    def hear(self) -> None:
        """By SNMP, and by command line what SNMP does not say."""
        for said in heard(self.answers):
            self._note(said.protocol, str(said.number), self._place(said), said.neighbour)
        told = {protocol for protocol, _ in self.at}
        for answer in self.commands:
            for row in answer.rows:
                if isinstance(row, HeardRow) and row.protocol not in told:
                    self.by_command[row.protocol] = answer
                    self._note(row.protocol, row.port, named_port(row.port, self.ports), row.neighbour)

    def rows(self) -> Iterator[NeighbourRow]:
        """One row per protocol and port."""
        for (protocol, number), (place, said) in self.at.items():
            start, end = self._span(protocol)
            yield NeighbourRow(
                id="",
                device=Key(""),
                protocol=protocol,
                port=place.port,
                number=number if place.port is None else "",
                method=place.method,
                heard=tuple(said),
                since_ms=end,
                read_start_ms=start,
                read_end_ms=end,
            )

    def outcomes(self) -> Iterator[Heard]:
        """How each protocol that the device speaks was read."""
        whole = self.whole()
        for protocol in Protocol:
            if self._speaks(protocol):
                start, end = self._span(protocol)
                status = Status.COMPLETE if protocol in whole else Status.PARTIAL
                yield Heard(protocol, status, start, end, start if protocol in whole else None)

    def whole(self) -> set[str]:
        """What was read to its end, every row of it understood."""
        found = {protocol.value for protocol in Protocol if self._is_whole(protocol)}
        learned = [choice for choice in LAYER_2 if choice[0].name in {BASE_PORTS.name, BY_VLAN}]
        parts = {PORTS: NAMED, ARP: (*NAMED, *ARP_TABLES), STATIONS: (*NAMED, *learned)}
        return found | {name for name, choices in parts.items() if self._are_whole(*choices)}

    def commanded_arp(self) -> list[ArpRow]:
        """ARP entries by command line."""
        return [row for answer in self.commands for row in answer.rows if isinstance(row, ArpRow)]

    def _note(self, protocol: Protocol, number: str, place: Place, said: Neighbour) -> None:
        where = number if place.port is None else f"={place.port}"
        _, heard_there = self.at.setdefault((protocol, where), (place, []))
        if said not in heard_there:
            heard_there.append(said)

    def _place(self, said: Said) -> Place:
        if said.indexed:
            return indexed_port(said.number, self.ports)
        return lldp_port(said.number, self.own.lldp, self.ports)

    def _speaks(self, protocol: Protocol) -> bool:
        if any(one is protocol for one, _ in self.at):
            return True
        return protocol in SPEAKS and self.answers.value(SPEAKS[protocol][0]) is not None

    def _is_whole(self, protocol: Protocol) -> bool:
        if protocol in self.by_command:
            return not self.by_command[protocol].why and self._are_whole(*NAMED)
        if not self._speaks(protocol):
            return False
        if protocol is Protocol.LLDP:
            return self._are_whole(*NAMED, NUMBERED, NEIGHBOURS[2])
        return self._are_whole(*NAMED) and all(self.answers.wrong(name) is None for name in TABLES[protocol])

    def _are_whole(self, *choices: Choice) -> bool:
        """Whether of every choice all tables up to the one that has rows are whole."""
        return not any(self.answers.missed(choice) for choice in choices)

    def _span(self, protocol: Protocol) -> Span:
        if protocol in self.by_command:
            answer = self.by_command[protocol]
            return answer.start_ms, answer.end_ms
        spans = [self.answers.spans[name] for name in TABLES[protocol] if name in self.answers.spans]
        start, end = (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else self.visit
        return Ms(start), Ms(end)
