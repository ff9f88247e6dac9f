"""Kinds of block storage, as far as a hypervisor names them."""

from __future__ import annotations

from driftline.graph.model import canonical
from driftline.graph.model.declare import Item, Ref, Strength, Volatility, item, key, linked, says

IDENTITY = Volatility.IDENTITY


@item(keys=(key(Strength.STRONG, "durable_name"),), title="durable_name")
class Volume(Item):
    """A LUN or namespace under the name that every host and its array know it by."""

    durable_name: str = says("naa., eui. or nqn. name.", changes=IDENTITY)
    vendor: str | None = says("Vendor that the device reports.", form=canonical.text, default=None)
    model: str | None = says("Model that the device reports.", form=canonical.text, default=None)
    serial: str | None = says("Serial (VPD page 80h).", form=canonical.serial, default=None)
    capacity_bytes: int | None = says("Size.", unit="bytes", default=None)


@item(keys=(key(Strength.STRONG, "port_name"),), title="port_name", owner="adapter")
class Initiator(Item):
    """A port of a machine that asks for storage."""

    port_name: str = says("Fibre Channel port name (16 hex digits) or iSCSI name.", changes=IDENTITY)
    node_name: str | None = says("Fibre Channel node name.", form=canonical.wwn, default=None)
    protocol: str | None = says("fc or iscsi.", default=None)
    adapter: Ref | None = linked("PART_OF", "The adapter it belongs to.", default=None)
