"""Huawei VRP: members of a stack, the log of configuration changes."""

from __future__ import annotations

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Objects, Table
from driftline.collectors.network.particular import Member, Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.shown import mac, text

MEMBERS = "hwStackMemberInfoTable"
ROLE, MAC, TYPE = 3, 4, 5
MASTER = 1


def read(answers: Answers) -> Particular:
    """The members of a stack, numbered from zero; their serials stand in ENTITY-MIB alone, in the same order."""
    rows = sorted((index, row) for index, row in answers.rows(MEMBERS).items() if index)
    masters = [index[-1] for index, row in rows if row.get(ROLE) == MASTER]
    return Particular(
        members=tuple(Member(index[-1], None, mac(row.get(MAC)), text(row.get(TYPE))) for index, row in rows),
        master=masters[0] if len(masters) == 1 else None,
    )


platform = Platform(
    name="huawei",
    prefixes=("1.3.6.1.4.1.2011",),
    descriptions=("Huawei Versatile Routing Platform",),
    stamps=(
        (Objects("huawei stamps", {"SNMPv2-MIB": ("sysUpTime",), "HUAWEI-CONFIG-MAN-MIB": ("hwCfgRunModifiedLast",)}),),
        (Table("HUAWEI-CONFIG-MAN-MIB", "hwCfgLogTable", (2, 10, 12)),),
    ),
    parts=((Table("HUAWEI-STACK-MIB", MEMBERS, (2, 3, 4, 5)),),),
    read=read,
    identity=(MEMBERS,),
)
