"""Kinds of physical machines."""

from __future__ import annotations

from driftline.graph.model import canonical
from driftline.graph.model.declare import Item, Ref, Strength, Volatility, item, key, linked, says

IDENTITY, RUNTIME = Volatility.IDENTITY, Volatility.RUNTIME


@item(
    keys=(
        key(Strength.STRONG, "vendor", "serial"),
        key(Strength.STRONG, "system_uuid"),
        key(Strength.LOCAL, "host_moref"),
    ),
    title="serial",
)
class Server(Item):
    """A physical machine. Its serial outlives a board swap, which changes the system uuid."""

    vendor: str | None = says("Manufacturer.", form=canonical.text, default=None)
    serial: str | None = says("Serial number or service tag.", changes=IDENTITY, form=canonical.serial, default=None)
    system_uuid: str | None = says("UUID of the system board.", changes=IDENTITY, form=canonical.uuid, default=None)
    host_moref: str | None = says(
        "Locator of the hypervisor on it, inside one vCenter.", changes=Volatility.EPHEMERAL, default=None
    )
    model: str | None = says("Model.", form=canonical.text, default=None)
    bios_version: str | None = says("Firmware of the board.", default=None)
    cpu_model: str | None = says("Model of the processors.", form=canonical.text, default=None)
    cpu_sockets: int | None = says("Processors.", default=None)
    cpu_cores: int | None = says("Cores of all processors.", default=None)
    cpu_threads: int | None = says("Hardware threads of all processors.", default=None)
    memory_bytes: int | None = says("Memory.", unit="bytes", default=None)


@item(keys=(key(Strength.LOCAL, "device", within="server"),), title="device", owner="server")
class HostBusAdapter(Item):
    """A storage adapter of a machine."""

    device: str = says("Name under the hypervisor, for example vmhba2.", changes=IDENTITY)
    model: str | None = says("Model.", form=canonical.text, default=None)
    driver: str | None = says("Driver.", default=None)
    transport: str | None = says("fc, iscsi, block, sas, nvme ...", default=None)
    pci: str | None = says("PCI address.", default=None)
    status: str | None = says("Link status.", changes=RUNTIME, default=None)
    server: Ref = linked("PART_OF", "Its machine.")


@item(keys=(key(Strength.LOCAL, "device", within="server"), key(Strength.WEAK, "mac")), title="device", owner="server")
class Nic(Item):
    """A physical network card."""

    device: str = says("Name under the hypervisor, for example vmnic0.", changes=IDENTITY)
    mac: str | None = says("MAC address.", form=canonical.mac, default=None)
    driver: str | None = says("Driver.", default=None)
    pci: str | None = says("PCI address.", default=None)
    speed_bps: int | None = says("Negotiated speed.", unit="bit/s", changes=RUNTIME, default=None)
    full_duplex: bool | None = says("Whether both directions work at once.", changes=RUNTIME, default=None)
    server: Ref = linked("PART_OF", "Its machine.")
