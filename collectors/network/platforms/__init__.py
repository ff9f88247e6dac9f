"""What is particular to a platform, one file each: how it is told, what is asked beyond the common, how that is read.

A file declares ``platform``, a ``Platform``. They are found in this folder, sorted by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Stage, Wanted, oid, wanted_of
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.replies import TableReply, Value

NET_SNMP = (1, 3, 6, 1, 4, 1, 8072)
"""Names below say which agent answers, and nothing about the machine."""
CHASSIS = 3
DESCR, CLASS, MANUFACTURER, MODEL = 2, 5, 12, 13


def nothing(_: Answers) -> Particular:
    """What is read of a platform whose own tables say nothing that the common ones do not."""
    return Particular()


@dataclass(frozen=True, slots=True)
class Platform:
    """A family of devices that are read alike.

    ``prefixes`` are beginnings of sysObjectID, dotted; ``descriptions`` patterns that are searched for in sysDescr, and
    in description, maker and model of the chassis. ``parts`` are asked after all that is common, ``stamps`` at the end.
    ``vlan_contexts``: the forwarding table is kept per VLAN, under a context of its own. ``cli`` names the platform to
    the collector's command lines, if it has any. ``read`` reads ``identity``, those of the parts that serial and stack
    are in. ``parts_by_description``: names of entities are those of products, and the description names the place.
    """

    name: str
    prefixes: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    stamps: Stage = ()
    parts: Stage = ()
    vlan_contexts: bool = False
    cli: str = ""
    read: Callable[[Answers], Particular] = nothing
    identity: tuple[str, ...] = ()
    parts_by_description: bool = False


@cache
def platforms() -> tuple[Platform, ...]:
    """Every platform there is a file of."""
    names = sorted(one.name for one in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").platform for name in names)


def named(name: str) -> Platform | None:
    """The platform of that name."""
    return next((one for one in platforms() if one.name == name), None)


def identify(system: Mapping[str, Value], physical: TableReply | None = None) -> Platform | None:
    """The platform by the longest prefix of sysObjectID, else by sysDescr, else by the chassis; None: none we know."""
    name = system.get(oid("sysObjectID"))
    if isinstance(name, tuple) and (found := _by_name(name)):
        return found
    described = [system.get(oid("sysDescr")), *_chassis(physical)]
    texts = (one.decode(errors="replace") for one in described if isinstance(one, bytes))
    return next((one for text in texts for one in platforms() if _described(one, text)), None)


def asked_by_platforms() -> Iterator[Wanted]:
    """Everything that platforms ask beyond the common."""
    return (one for platform in platforms() for one in wanted_of((platform.stamps, platform.parts)))


def _by_name(name: tuple[int, ...]) -> Platform | None:
    if name[: len(NET_SNMP)] == NET_SNMP:
        return None
    fits = [
        (len(parts), platform)
        for platform in platforms()
        for prefix in platform.prefixes
        if name[: len(parts := tuple(map(int, prefix.split("."))))] == parts
    ]
    return max(fits, key=lambda one: one[0])[1] if fits else None


def _chassis(physical: TableReply | None) -> Iterator[Value | None]:
    for row in physical.rows.values() if physical else ():
        if row.get(CLASS) == CHASSIS:
            yield from (row.get(column) for column in (DESCR, MODEL, MANUFACTURER))


def _described(platform: Platform, text: str) -> bool:
    return any(re.search(pattern, text) for pattern in platform.descriptions)
