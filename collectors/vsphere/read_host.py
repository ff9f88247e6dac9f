"""Hypervisors and the machines they run on."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.vsphere.asks import HOST, SERVER
from driftline.collectors.vsphere.decode import Found
from driftline.collectors.vsphere.read_network import read_cards, read_standard_switches
from driftline.collectors.vsphere.read_storage import read_adapters, read_volumes
from driftline.collectors.vsphere.refs import local, ref, refs, server_of
from driftline.collectors.vsphere.shown import Row, instant, integer, moref, morefs, row, rows, texts, truth, words
from driftline.graph.model.compute import Connection, HypervisorHost, Power
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.hardware import Server
from driftline.graph.model.observed import Withheld

POWERS = {"poweredOn": Power.ON, "poweredOff": Power.OFF, "suspended": Power.SUSPENDED, "standBy": Power.SUSPENDED}
CONNECTIONS = {
    "connected": Connection.CONNECTED,
    "disconnected": Connection.DISCONNECTED,
    "notResponding": Connection.NOT_RESPONDING,
    "inaccessible": Connection.INACCESSIBLE,
    "invalid": Connection.INVALID,
    "orphaned": Connection.ORPHANED,
}
SERIAL_TAGS = ("ServiceTag", "EnclosureSerialNumberTag", "SerialNumberTag")


def read_host(found: Found, vcenter: Ref) -> Iterator[Item | Withheld]:
    """The machine, the hypervisor on it, and all that is part of the two."""
    server = read_server(found)
    yield server
    yield _hypervisor(found, vcenter)
    yield from _not_shown(found, server)
    yield from read_cards(found)
    yield from read_standard_switches(found)
    yield from read_adapters(found)
    yield from read_volumes(found)


def read_server(found: Found) -> Server:
    """The machine; where the host does not answer, from what the vCenter remembers of it."""
    system, summary = row(found.props.get("hardware.systemInfo")), row(found.props.get("summary.hardware"))
    bios, cpu = row(found.props.get("hardware.biosInfo")), row(found.props.get("hardware.cpuInfo"))
    shown = system or summary
    return Server(
        vendor=words(shown.get("vendor")),
        serial=words(shown.get("serialNumber")) or _service_tag(shown),
        system_uuid=words(shown.get("uuid")),
        host_moref=found.moref,
        model=words(shown.get("model")),
        bios_version=words(bios.get("biosVersion")),
        cpu_model=words(summary.get("cpuModel")),
        cpu_sockets=integer(cpu.get("numCpuPackages", summary.get("numCpuPkgs"))),
        cpu_cores=integer(cpu.get("numCpuCores", summary.get("numCpuCores"))),
        cpu_threads=integer(cpu.get("numCpuThreads", summary.get("numCpuThreads"))),
        memory_bytes=integer(found.props.get("hardware.memorySize", summary.get("memorySize"))),
    )


def _service_tag(shown: Row) -> str | None:
    tags = {
        row(one.get("identifierType")).get("key"): words(one.get("identifierValue"))
        for one in rows(shown.get("otherIdentifyingInfo"))
    }
    return next((tags[name] for name in SERIAL_TAGS if tags.get(name)), None)


def _hypervisor(found: Found, vcenter: Ref) -> HypervisorHost:
    props = found.props
    product, dns = row(props.get("config.product")), row(props.get("config.network.dnsConfig"))
    configured = "config.product" in props
    return HypervisorHost(
        moref=found.moref,
        name=words(props.get("name")),
        connection=CONNECTIONS.get(str(props.get("runtime.connectionState"))),
        power=POWERS.get(str(props.get("runtime.powerState"))),
        maintenance_mode=truth(props.get("runtime.inMaintenanceMode")),
        boot_at=instant(props.get("runtime.bootTime")),
        product=words(product.get("name")),
        version=words(product.get("version")),
        build=words(product.get("build")),
        lockdown_mode=words(props.get("config.lockdownMode")),
        ntp_servers=tuple(texts(row(props.get("config.dateTimeInfo.ntpConfig")).get("server"))) if configured else None,
        services=_services(found) if configured else None,
        dns_servers=tuple(texts(dns.get("address"))) if configured else None,
        dns_domain=words(dns.get("domainName")),
        default_gateway=words(row(props.get("config.network.ipRouteConfig")).get("defaultGateway")),
        vmkernel_addresses=_addresses(found) if configured else None,
        vcenter=vcenter,
        server=server_of(found.moref),
        cluster=ref(moref(props.get("parent"))),
        datastores=refs(morefs(props.get("datastore"))),
    )


def _services(found: Found) -> tuple[str, ...]:
    return tuple(f"{one.get('key')}={one.get('policy')}" for one in rows(found.props.get("config.service.service")))


def _addresses(found: Found) -> tuple[str, ...]:
    ports = [row(row(one.get("spec")).get("ip")) for one in rows(found.props.get("config.network.vnic"))]
    return tuple(str(ip["ipAddress"]) for ip in ports if words(ip.get("ipAddress")))


def _not_shown(found: Found, server: Server) -> Iterator[Withheld]:
    """What a disconnected host does not show: its ``config``, and of the machine what no summary remembers."""
    host: list[str] = []
    machine: list[str] = []
    if "config.product" not in found.props:
        told = [name for path, names in HOST.items() if path.startswith("config.") for name in names]
        host += [name for name in told if not name.startswith(SERVER)]
        machine += [name.removeprefix(SERVER) for name in told if name.startswith(SERVER)]
    if "hardware.systemInfo" not in found.props:
        machine += [one.name for one in Server.attributes if getattr(server, one.name) is None]
    if host:
        yield Withheld(local("HypervisorHost", found.moref), tuple(host), "not connected")
    if machine:
        yield Withheld(server_of(found.moref), tuple(machine), "not connected")
