"""Hand-written rows: devices, their ports, and what they hear, in as few words as possible."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.collectors.network.links import End, Resolver
from driftline.graph.model.neighbours import Certainty, Heard, Neighbour, NeighbourRow, PortRow, PortTable, Protocol
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Key, Ms

LLDP, CDP = Protocol.LLDP, Protocol.CDP
CONFIRMED, ONE_SIDED = Certainty.CONFIRMED.value, Certainty.ONE_SIDED.value
TO_STUB, DEVICE_ONLY = Certainty.TO_STUB.value, Certainty.DEVICE_ONLY.value


def octets(text: str) -> str:
    """Text as the hex of its octets."""
    return text.encode().hex()


def mac_of(number: int) -> str:
    """A MAC address by number."""
    return f"02:00:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def chassis_of(mac: str) -> str:
    """The octets of a MAC address."""
    return mac.replace(":", "")


def device(
    name: str,
    *ports: PortRow,
    mac: str = "",
    protocols: Iterable[Protocol] = (LLDP, CDP),
    read: int = 100,
    status: Status = Status.COMPLETE,
    platform: str = "cisco",
    serials: tuple[str, ...] = (),
    mlag: tuple[str, ...] = (),
) -> PortTable:
    """What a device says of itself; ``mac`` is its base and its LLDP chassis id."""
    complete = Ms(read) if status is Status.COMPLETE else None
    return PortTable(
        id=name,
        device=Key(name),
        platform=platform,
        names=(name,),
        serials=serials,
        chassis=(f"4:{chassis_of(mac)}",) if mac else (),
        macs=(mac,) if mac else (),
        ports=ports,
        mlag=mlag,
        heard=tuple(Heard(p, status, Ms(read), Ms(read), complete) for p in protocols),
    )


def lldp(mac: str, port: str, *, subtype: str = "5", descr: str = "", name: str = "") -> Neighbour:
    """An announcement by LLDP of a device with this chassis MAC, sent from a port of that id."""
    return Neighbour("4", chassis_of(mac), subtype, octets(port), descr, name)


def cdp(device_id: str, port: str) -> Neighbour:
    """An announcement by CDP."""
    return Neighbour(chassis_id=octets(device_id), port_id=octets(port))


def row(
    host: str, port: str | None, *heard: Neighbour, protocol: Protocol = LLDP, since: int = 50, read: int = 100
) -> NeighbourRow:
    """What a device heard on a port."""
    return NeighbourRow(
        id=f"{host}|{protocol.value}|{port}",
        device=Key(host),
        protocol=protocol,
        port=port,
        method="name",
        heard=heard,
        since_ms=Ms(since),
        read_start_ms=Ms(read),
        read_end_ms=Ms(read),
    )


def drawn(resolver: Resolver) -> set[tuple[str, str, str]]:
    """Links as (end, end, state): ``a.1``, ``b`` for a device alone, ``?4:0200…`` for a stub."""
    links = resolver.picture.links.values()
    ends = {link: sorted(map(_text, link.ends)) for link in links}
    return {(one, other, link.state.value) for link, (one, other) in ends.items()}


def _text(end: End) -> str:
    if end.stub:
        return f"?{end.stub}"
    return f"{end.device}.{end.port}" if end.port else end.device
