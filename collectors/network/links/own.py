"""What a device says of itself, as far as a neighbour may name it by that: names, chassis, MAC addresses, ports."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from driftline.collectors.capture import Capture
from driftline.collectors.network import asks
from driftline.collectors.network.answers import Answers
from driftline.collectors.network.links.local_port import LocalPort, lldp_port
from driftline.collectors.network.links.ports import Ports
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.platforms import Platform, identify, named
from driftline.collectors.network.read_addresses import read_addresses
from driftline.collectors.network.read_hardware import NAME, chassis_of
from driftline.collectors.network.read_identity import read_identity
from driftline.collectors.network.read_interfaces import Port, read_ports
from driftline.collectors.network.read_interfaces import Ports as Interfaces
from driftline.collectors.network.read_layers import read_bundles, read_partners
from driftline.collectors.network.read_vlans import base_ports
from driftline.collectors.network.shown import number, text
from driftline.graph.model.declare import Ref
from driftline.graph.model.neighbours import PortRow, PortTable
from driftline.graph.model.values import Key

ETHERNET = {6, 62, 69, 117}
"""ifType of ports that take a cable: ethernetCsmacd, and what it was called when it was fast and then faster."""
ENTITY_ALIAS, MAPPED_TO = 14, 2
IF_INDEX = (1, 3, 6, 1, 2, 1, 2, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class Own:
    """The device by its strongest key, its ports by the numbers of this visit, and what it says of itself."""

    device: Ref
    interfaces: Interfaces
    lldp: Mapping[int, LocalPort]
    table: PortTable


def read_own(capture: Capture, answers: Answers) -> Own | None:
    """What a visit says of the device; ``None`` if it does not say who it is."""
    if asks.SYSTEM.name not in answers.objects:
        return None
    platform = platform_of(capture, answers)
    own = platform.read(answers) if platform else Particular()
    parts = platform.identity if platform else ()
    identity = read_identity(answers, chassis_of(answers), own, capture.notes.get("target", ""), parts)
    if identity.doubts:
        return None
    interfaces = read_ports(answers, identity.ref)
    lldp = _local_ports(answers)
    table = PortTable(
        id="",
        device=Key(""),
        platform=platform.name if platform else "",
        names=tuple(_names(answers)),
        serials=tuple(sorted({one for one in (identity.serial, *(m.serial for m in identity.members)) if one})),
        chassis=tuple(_chassis(answers)),
        macs=tuple(sorted({one for one in (identity.base_mac, *(m.mac for m in identity.members)) if one})),
        ports=tuple(_ports(answers, interfaces)),
    )
    return Own(identity.ref, interfaces, lldp, _announced(table, lldp, answers))


def platform_of(capture: Capture, answers: Answers) -> Platform | None:
    """As configured, else as the device describes itself."""
    for entry in capture.named(asks.ACCESS.name):
        with suppress(ValueError, TypeError, KeyError):
            if configured := named(str(json.loads(capture.body(entry))["platform"])):
                return configured
    return identify(answers.objects[asks.SYSTEM.name], answers.tables.get(asks.PHYSICAL.name))


def _names(answers: Answers) -> Iterator[str]:
    said = (text(answers.value(name)) for name in ("sysName", "lldpLocSysName", "cdpGlobalDeviceId"))
    yield from dict.fromkeys(name for name in said if name)


def _chassis(answers: Answers) -> Iterator[str]:
    subtype, octets = number(answers.value("lldpLocChassisIdSubtype")), answers.value("lldpLocChassisId")
    if subtype and isinstance(octets, bytes) and octets:
        yield f"{subtype}:{octets.hex()}"


def _local_ports(answers: Answers) -> dict[int, LocalPort]:
    """Rows by LLDP local port number; of LLDP-V2, where the number is an ifIndex, see ``_announced``."""
    found = {}
    for index, row in answers.rows("lldpLocPortTable").items():
        octets = row.get(3)
        if index and isinstance(octets, bytes):
            subtype = str(number(row.get(2)) or "")
            found[index[-1]] = LocalPort(index[-1], subtype, octets.hex(), text(row.get(4)) or "")
    return found


def _ports(answers: Answers, interfaces: Interfaces) -> Iterator[PortRow]:
    bundles, partners = read_bundles(answers, interfaces), read_partners(answers)
    base = {if_index: port for port, if_index in base_ports(answers).items()}
    components, addresses = _components(answers), _addresses(answers, interfaces)
    for index, port in interfaces.by_index.items():
        if port.name in interfaces.twins:
            continue
        bundle = interfaces.by_index[bundles[index]].name if index in bundles else ""
        yield PortRow(
            name=port.name,
            descr=str(port.said["description"] or ""),
            alias=str(port.said["alias"] or ""),
            mac=str(port.said["mac"] or ""),
            if_index=index,
            base_port=base.get(index),
            components=tuple(components.get(index, ())),
            addresses=tuple(sorted(addresses.get(port.name, ()))),
            lag=bundle,
            partner=partners.get(index, ""),
            physical=_is_physical(port),
        )


def _is_physical(port: Port) -> bool:
    return port.type in ETHERNET and port.said["has_connector"] is not False


def _components(answers: Answers) -> dict[int, list[str]]:
    """Names and aliases of the entity that a port is, by ifIndex."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    entities = answers.rows(asks.PHYSICAL.name)
    for index, row in answers.rows("entAliasMappingTable").items():
        to = row.get(MAPPED_TO)
        if isinstance(to, tuple) and to[:-1] == IF_INDEX and index:
            entity = entities.get(index[:1], {})
            found[to[-1]] += [name for column in (ENTITY_ALIAS, NAME) if (name := text(entity.get(column)))]
    return found


def _addresses(answers: Answers, interfaces: Interfaces) -> dict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in read_addresses(answers, interfaces):
        bits = 128 if ":" in one.address else 32
        found[one.interface.values[0]].add(f"{one.address}/{one.prefix_length or bits}")
    return found


def _announced(table: PortTable, lldp: Mapping[int, LocalPort], answers: Answers) -> PortTable:
    """The ports with the ids that they announce, as the device's own tables say."""
    ports = Ports.of(table)
    numbers: dict[str, int] = {}
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for local in lldp.values():
        if (name := lldp_port(local.number, lldp, ports).port) is not None:
            numbers[name] = local.number
            ids[name].add(f"{local.subtype}:{local.id}")
    for index, row in answers.rows("lldpV2LocPortTable").items():
        octets = row.get(3)
        for name in ports.by("if_index", str(index[-1])) if index and isinstance(octets, bytes) else ():
            ids[name].add(f"{number(row.get(2)) or ''}:{octets.hex()}" if isinstance(octets, bytes) else "")
    told = (
        replace(row, lldp_number=numbers.get(row.name), announced=tuple(sorted(ids[row.name]))) for row in table.ports
    )
    return replace(table, ports=tuple(told))
