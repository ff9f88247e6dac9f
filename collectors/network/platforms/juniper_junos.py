"""Junos: the serial as a single object, virtual chassis, VLANs of EX and ELS switches, the log of commits.

ENTITY-MIB names parts by their product (``PWR-MX960-4100-AC-S`` four times), and their place in the description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Objects, Table
from driftline.collectors.network.particular import Member, Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.shown import mac, text
from driftline.graph.model.identity import serial

CHASSIS = Objects("juniper chassis", {"JUNIPER-MIB": ("jnxBoxSerialNo",)})
MEMBERS = "jnxVirtualChassisMemberTable"
SERIAL, ROLE, MAC, VERSION, MODEL = 2, 3, 4, 5, 8
MASTER = 1
RELEASE = re.compile(r"JUNOS ([^\s,]+)")


def read(answers: Answers) -> Particular:
    """Serial, release and virtual chassis; members are numbered from zero."""
    masters = [index[-1] for index, row in answers.rows(MEMBERS).items() if index and row.get(ROLE) == MASTER]
    release = RELEASE.search(text(answers.value("sysDescr")) or "")
    return Particular(
        serial=serial(text(answers.value("jnxBoxSerialNo")) or ""),
        version=release[1] if release else None,
        members=tuple(_members(answers)),
        master=masters[0] if len(masters) == 1 else None,
    )


def _members(answers: Answers) -> Iterator[Member]:
    for index, row in answers.rows(MEMBERS).items():
        if index:
            yield Member(
                index[-1],
                serial(text(row.get(SERIAL)) or ""),
                mac(row.get(MAC)),
                text(row.get(MODEL)),
                text(row.get(VERSION)),
            )


platform = Platform(
    name="juniper_junos",
    prefixes=("1.3.6.1.4.1.2636",),
    descriptions=("Juniper Networks", "JUNOS"),
    stamps=(
        (
            Objects(
                "juniper stamps",
                {
                    "SNMPv2-MIB": ("sysUpTime",),
                    "JUNIPER-CFGMGMT-MIB": (
                        "jnxCmCfgChgLatestTime",
                        "jnxCmCfgChgLatestSource",
                        "jnxCmCfgChgLatestUser",
                    ),
                },
            ),
        ),
        (Table("JUNIPER-CFGMGMT-MIB", "jnxCmCfgChgEventTable", (2, 3, 4, 5)),),
    ),
    parts=(
        (CHASSIS,),
        (Table("JUNIPER-VIRTUALCHASSIS-MIB", MEMBERS, (2, 3, 4, 5, 8)),),
        (
            Table("JUNIPER-L2ALD-MIB", "jnxL2aldVlanTable", (2, 3, 5)),
            Table("JUNIPER-VLAN-MIB", "jnxExVlanTable", (2, 5)),
        ),
    ),
    cli="juniper_junos",
    read=read,
    identity=(CHASSIS.name, MEMBERS),
    parts_by_description=True,
)
