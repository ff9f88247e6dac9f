"""Cisco IOS and IOS-XE: stacks by CISCO-STACKWISE-MIB, VLANs by VTP, the log of configuration changes.

A member's serial stands in ENTITY-MIB at the index by which the stack table knows it. Forwarding tables are kept per
VLAN under contexts of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Objects, Stage, Table
from driftline.collectors.network.particular import Member, Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.read_hardware import MODEL, SOFTWARE, serial_of
from driftline.collectors.network.shown import mac, positive, text

SWITCHES = "cswSwitchInfoTable"
NUMBER, ROLE, STATE, MAC = 1, 3, 6, 7
MASTER = 1
STATES = {
    1: "waiting", 2: "progressing", 3: "added", 4: "ready", 5: "sdmMismatch", 6: "verMismatch", 7: "featureMismatch",
    8: "newMasterInit", 9: "provisioned", 10: "invalid", 11: "removed",
}  # fmt: skip
PROVISIONED = 9
"""A number that is reserved for a switch that is not there."""

STAMPS = Objects(
    "cisco stamps",
    {
        "SNMPv2-MIB": ("sysUpTime",),
        "CISCO-CONFIG-MAN-MIB": (
            "ccmHistoryRunningLastChanged",
            "ccmHistoryRunningLastSaved",
            "ccmHistoryStartupLastChanged",
        ),
    },
)
LOG = Table("CISCO-CONFIG-MAN-MIB", "ccmHistoryEventTable", (2, 3, 8, 17))
CDP: Stage = (
    (Objects("cdp local", {"CISCO-CDP-MIB": ("cdpGlobalDeviceId",)}),),
    (Table("CISCO-CDP-MIB", "cdpCacheTable", (3, 4, 5, 6, 7, 8, 9, 11, 17, 19, 20, 24)),),
)
LAYER_2: Stage = (
    (Table("CISCO-VLAN-MEMBERSHIP-MIB", "vmMembershipTable", (2,)),),
    (Table("CISCO-VTP-MIB", "vlanTrunkPortTable", (4, 5, 14, 17, 18, 19)),),
    (Table("CISCO-PAGP-MIB", "pagpEtherChannelTable", (8,)),),
    (Table("CISCO-VRF-MIB", "cvVrfTable", (2,)),),
)


def read(answers: Answers) -> Particular:
    """The members of a stack and who is in charge."""
    rows = answers.rows(SWITCHES)
    masters = [positive(row.get(NUMBER)) for row in rows.values() if row.get(ROLE) == MASTER]
    return Particular(members=tuple(_members(answers)), master=masters[0] if len(masters) == 1 else None)


def _members(answers: Answers) -> Iterator[Member]:
    for index, row in answers.rows(SWITCHES).items():
        entity, state = answers.rows("entPhysicalTable").get(index, {}), positive(row.get(STATE))
        if state != PROVISIONED:
            yield Member(
                positive(row.get(NUMBER)),
                serial_of(entity),
                mac(row.get(MAC)),
                text(entity.get(MODEL)),
                text(entity.get(SOFTWARE)),
                STATES.get(state or 0),
            )


platform = Platform(
    name="cisco_ios",
    prefixes=("1.3.6.1.4.1.9",),
    descriptions=("Cisco IOS", "Cisco Internetwork Operating System"),
    stamps=((STAMPS,), (LOG,)),
    parts=((Table("CISCO-STACKWISE-MIB", SWITCHES, (1, 3, 6, 7, 8)),), *LAYER_2, *CDP),
    vlan_contexts=True,
    cli="cisco_ios",
    read=read,
    identity=(SWITCHES,),
)
