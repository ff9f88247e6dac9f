"""The device itself and the members of its stack, from all that was read of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.read_hardware import MODEL, SOFTWARE, TABLE, chassis_of
from driftline.collectors.network.read_identity import Identity
from driftline.collectors.network.read_routing import read_ospf
from driftline.collectors.network.shown import text
from driftline.graph.model.declare import Ref
from driftline.graph.model.network import NetworkDevice, StackMember
from driftline.graph.model.observed import Withheld

VERSION = re.compile(r"\b[Vv]ersion:? ([^\s,;]+)")
"""In sysDescr: ``Cisco IOS Software, C3750 Software (C3750-IPBASE-M), Version 12.2(50)SE5, RELEASE SOFTWARE``."""

HARDWARE = ("vendor", "serial", "base_mac", "chassis_id", "model", "version")


def read_device(answers: Answers, identity: Identity, own: Particular, platform: Platform | None) -> NetworkDevice:
    """The device."""
    name, engine = answers.value("sysObjectID"), answers.value("snmpEngineID")
    description = text(answers.value("sysDescr"))
    rows = chassis_of(answers)
    models, versions = ([found for row in rows if (found := text(row.get(one)))] for one in (MODEL, SOFTWARE))
    said = VERSION.search(description or "")
    return NetworkDevice(
        vendor=identity.vendor,
        serial=identity.serial,
        base_mac=identity.base_mac,
        chassis_id=identity.chassis_id,
        polled_as=identity.polled_as,
        name=text(answers.value("sysName")),
        description=description,
        object_id=".".join(map(str, name)) if isinstance(name, tuple) else None,
        platform=platform.name if platform else None,
        contact=text(answers.value("sysContact")),
        location=text(answers.value("sysLocation")),
        engine_id=engine.hex() if isinstance(engine, bytes) and engine else None,
        model=own.model or next(iter(models), None),
        version=own.version or (said[1] if said else None) or next(iter(versions), None),
        stack_master=None if own.master is None else str(own.master),
        ha_state=own.ha_state,
        ha_members=own.ha_members,
        ospf_neighbours=read_ospf(answers),
    )


def read_unsaid(answers: Answers, device: NetworkDevice, ref: Ref) -> Iterator[Withheld]:
    """Hardware has a serial and a model whether the agent shows them or not: what it does not show is not gone."""
    fields = [name for name in HARDWARE if getattr(device, name) is None]
    if device.stack_master is None and not answers.rows(TABLE):
        fields.append("stack_master")
    if fields:
        yield Withheld(ref, tuple(fields), "the agent does not say")


def read_members(identity: Identity) -> Iterator[StackMember]:
    """The members of the stack, by serial and number."""
    for member in identity.members:
        if member.serial or member.number is not None:
            yield StackMember(
                number=None if member.number is None else str(member.number),
                vendor=identity.vendor,
                serial=member.serial,
                mac=member.mac,
                model=member.model,
                version=member.version,
                state=member.state,
                device=identity.ref,
            )
