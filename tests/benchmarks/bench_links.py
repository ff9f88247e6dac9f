"""What drawing the links of a network costs, in full and after the visit of one device, and how both grow.

Devices in a ring, each cabled to the eight nearest with two cables to the nearest of all, heard by LLDP and CDP; six
neighbours that nobody reads; 48 access ports with two learned addresses each; ARP on the cables. 26 rows a device.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from driftline.collectors.network.links import Resolver
from driftline.collectors.network.links.hosts import Learned
from driftline.graph.model.neighbours import (
    ArpRow,
    Certainty,
    Heard,
    Neighbour,
    NeighbourRow,
    PortRow,
    PortTable,
    Protocol,
    Station,
)
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Key, Ms
from tests.benchmarks.figures import Cost, Figure, Timed, measured

FEW, MANY = 500, 2_000
FULL_SECONDS, VISIT_SECONDS = 10.0, 0.05
"""What the issue allows for 2,000 devices in full, and after one visit."""
HOPS = (1, 2, 3, 4)
STUBS, ACCESS = 6, 48
READ = Ms(1_000)


def mac(device: int, port: int) -> str:
    """MAC address of a port."""
    return f"02:{device >> 8:02x}:{device & 255:02x}:00:{port >> 8:02x}:{port & 255:02x}"


def uplinks(number: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Own port, far device, far port of every cable of a device; port 0 and 1 lead to the next one in the ring."""
    for place, hop in enumerate(HOPS):
        yield 2 * place, (number + hop) % count, 2 * place + 1
        yield 2 * place + 1, (number - hop) % count, 2 * place
    yield 8, (number + 1) % count, 9
    yield 9, (number - 1) % count, 8


def table(number: int, count: int) -> PortTable:
    """What a device says of itself."""
    cables = {own: (far, end) for own, far, end in uplinks(number, count)}
    cabled = [
        PortRow(
            f"TenGigabitEthernet1/1/{port}",
            mac=mac(number, port),
            if_index=port + 1,
            lldp_number=port + 1,
            addresses=(f"10.{number >> 8}.{number & 255}.{port}/31",),
        )
        for port in range(10)
    ]
    access = [
        PortRow(f"GigabitEthernet1/0/{port}", mac=mac(number, 100 + port), if_index=100 + port, alias=f"desk {port}")
        for port in range(ACCESS)
    ]
    arp = [
        ArpRow(cabled[own].name, f"10.{far >> 8}.{far & 255}.{end}", mac(far, end))
        for own, (far, end) in cables.items()
    ]
    stations = [
        Station(row.name, mac(number, 1_000 + 2 * n + twin), 10) for n, row in enumerate(access) for twin in (0, 1)
    ]
    heard = tuple(Heard(protocol, Status.COMPLETE, READ, READ, READ) for protocol in (Protocol.LLDP, Protocol.CDP))
    return PortTable(
        id=f"d{number}",
        device=Key(f"d{number}"),
        platform="cisco",
        names=(f"sw{number}.example.net",),
        serials=(f"FOC{number:08}",),
        chassis=(f"4:{mac(number, 65_535).replace(':', '')}",),
        macs=(mac(number, 65_535),),
        ports=(*cabled, *access),
        arp=tuple(arp),
        stations=tuple(stations),
        heard=heard,
    )


def rows(number: int, count: int, *, without: int = -1) -> list[NeighbourRow]:
    """What a device hears; ``without``: a port whose cable was cut."""
    found = []
    for own, far, end in uplinks(number, count):
        if own == without:
            continue
        place, there = f"TenGigabitEthernet1/1/{own}", f"Te1/1/{end}".encode().hex()
        chassis = mac(far, 65_535).replace(":", "")
        found.append(
            _row(number, place, Protocol.LLDP, Neighbour("4", chassis, "5", there, name=f"sw{far}.example.net"))
        )
        device = f"sw{far}.example.net(FOC{far:08})".encode().hex()
        found.append(_row(number, place, Protocol.CDP, Neighbour(chassis_id=device, port_id=there)))
    for port in range(STUBS):
        said = Neighbour("4", mac(60_000 + number % 500, port).replace(":", ""), "5", b"eth0".hex(), name="phone")
        found.append(_row(number, f"GigabitEthernet1/0/{port}", Protocol.LLDP, said))
    return found


def _row(number: int, port: str, protocol: Protocol, said: Neighbour) -> NeighbourRow:
    return NeighbourRow(
        id=f"d{number}|{protocol.value}|{port}",
        device=Key(f"d{number}"),
        protocol=protocol,
        port=port,
        method="own id",
        heard=(said,),
        since_ms=READ,
        read_start_ms=READ,
        read_end_ms=READ,
    )


def in_full(count: int) -> tuple[Resolver, float]:
    """Resolve all devices at once; the CPU seconds that it took."""
    tables = [table(n, count) for n in range(count)]
    said = [row for n in range(count) for row in rows(n, count)]
    with measured(Cost()) as cost:
        found = Resolver.of(tables, said)
    confirmed = sum(link.state is Certainty.CONFIRMED for link in found.picture.links.values())
    if confirmed != 5 * count:
        raise AssertionError(f"{confirmed} of {5 * count} cables were found")
    return found, cost.cpu


def after_visits(resolver: Resolver, count: int) -> float:
    """CPU seconds after the visit of one device of which a cable was cut or put back: the median."""
    timed = Timed()
    for n in range(0, count, count // 20):
        own, fresh = table(n, count), rows(n, count, without=0)
        timed.once(lambda own=own, fresh=fresh: resolver.after(own, fresh))  # type: ignore[misc]  # bound now
        timed.once(lambda own=own, n=n: resolver.after(own, rows(n, count)))  # type: ignore[misc]  # bound now
    return timed.cpu


def figures() -> Iterator[Figure]:
    """Both costs for 2,000 devices, and their growth from 500."""
    few, few_seconds = in_full(FEW)
    few_visit = after_visits(few, FEW)
    many, seconds = in_full(MANY)
    visit = after_visits(many, MANY)
    growth = seconds / few_seconds / (MANY / FEW)
    allowed, at_once = f"{FULL_SECONDS:.0f} s of CPU", f"{VISIT_SECONDS * 1000:.0f} ms of CPU"
    yield Figure(f"links of {MANY:,} devices in full", seconds, "s", allowed, seconds / FULL_SECONDS, 1.0)
    yield Figure("the same, cost per device", growth, "times", f"{FEW} devices", growth, 1.5)
    yield Figure(f"links of {MANY:,} after one visit", visit * 1_000, "ms", at_once, visit / VISIT_SECONDS, 1.0)
    yield Figure("the same, cost of a visit", visit / few_visit, "times", f"{FEW} devices", visit / few_visit, 1.5)
    yield Figure("learned addresses of one device", median(_learnings(MANY)) * 1_000, "ms")


def _learnings(count: int) -> list[float]:
    learned, timed = Learned(), Timed()
    for n in range(count):
        learned.learn(table(n, count))
    for n in range(0, count, count // 20):
        own = table(n, count)
        timed.once(lambda own=own: learned.learn(own))  # type: ignore[misc]  # bound now
    return [cost.cpu for cost in timed.costs]
