"""Chassis and parts that can be replaced (ENTITY-MIB). Sensors are skipped; entPhysicalIndex is a number of one visit.

A chassis need not stand at the top: Comware and NX-OS put it into a stack, Aruba calls it a stack itself. The same
serial on a chassis, its backplane and its main board is one chassis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.particular import Member, Particular
from driftline.collectors.network.replies import Index
from driftline.collectors.network.shown import label, number, positive, text
from driftline.graph.model.declare import Ref
from driftline.graph.model.identity import serial
from driftline.graph.model.network import Module
from driftline.graph.model.observed import ALL, Withheld

TABLE = "entPhysicalTable"
DESCR, CLASS, POSITION, NAME, HARDWARE, FIRMWARE, SOFTWARE, SERIAL, MAKER, MODEL, FRU = (
    2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16,
)  # fmt: skip
CHASSIS, POWER, FAN, MODULE, PORT, STACK, CPU = 3, 6, 7, 9, 10, 11, 12
REPLACED = {POWER, FAN, MODULE, CPU}
"""Classes that are read where they are field replaceable or have a serial; a port only where it has one (optics)."""
IS_FRU = 1


def chassis_of(answers: Answers) -> list[Row]:
    """Rows of every chassis, each serial once, by position and index; without any, stacks that have a serial."""
    rows = answers.rows(TABLE)
    found = [(index, row) for index, row in rows.items() if row.get(CLASS) == CHASSIS]
    found = found or [(index, row) for index, row in rows.items() if row.get(CLASS) == STACK and serial_of(row)]
    once: dict[str | Index, Row] = {}
    for index, row in sorted(found, key=lambda one: (number(one[1].get(POSITION)) or 0, one[0])):
        once.setdefault(serial_of(row) or index, row)
    return list(once.values())


def serial_of(row: Row) -> str | None:
    """The serial of an entity; ``None`` for a placeholder."""
    said = text(row.get(SERIAL))
    return serial(said) if said else None


def maker_of(chassis: Sequence[Row]) -> str | None:
    """Who made it."""
    return next((found for row in chassis if (found := text(row.get(MAKER)))), None)


def members_of(chassis: Sequence[Row], own: Particular) -> tuple[Member, ...]:
    """The members of a stack: as the maker's table counts them, else every chassis where there are several."""
    if own.members:
        bare = len(chassis) == len(own.members) and not any(member.serial for member in own.members)
        rows = chassis if bare else [{}] * len(own.members)
        return tuple(_completed(member, row) for member, row in zip(own.members, rows, strict=True))
    if len(chassis) < 2:  # noqa: PLR2004 -- one chassis is no stack
        return ()
    at = Counter(positive(row.get(POSITION)) for row in chassis)
    return tuple(
        _completed(Member(position if position and at[position] == 1 else None), row)
        for row in chassis
        if (position := positive(row.get(POSITION))) or True
    )


def _completed(member: Member, row: Row) -> Member:
    return Member(
        member.number,
        member.serial or serial_of(row),
        member.mac,
        member.model or text(row.get(MODEL)),
        member.version or text(row.get(SOFTWARE)),
        member.state,
    )


def read_modules(answers: Answers, device: Ref, *, by_description: bool) -> Iterator[Module | Withheld]:
    """Parts that can be replaced, by the place they are in; of places with one name nothing is said.

    Args:
        answers: the visit.
        device: whose parts they are.
        by_description: whether the description names the place, and the name is that of the product (Junos).
    """
    own = {serial_of(row) for row in chassis_of(answers)} - {None}
    found: dict[str, list[Row]] = {}
    for index, row in answers.rows(TABLE).items():
        if not _is_replaced(row) or serial_of(row) in own:
            continue
        if place := _place(row, by_description=by_description):
            found.setdefault(place, []).append(row)
        else:
            answers.odd(TABLE, index, "a part without a name")
    for place, rows in found.items():
        if len(rows) == 1:
            yield _module(place, rows[0], device)
        else:
            yield Withheld(Ref("Module", "name", (place,), owner=device), (ALL,), f"{len(rows)} parts of this name")


def _is_replaced(row: Row) -> bool:
    kind = row.get(CLASS)
    told = serial_of(row) is not None
    return (kind in REPLACED and (told or row.get(FRU) == IS_FRU)) or (kind == PORT and told)


def _place(row: Row, *, by_description: bool) -> str | None:
    name, description = text(row.get(NAME)), text(row.get(DESCR))
    return (description or name) if by_description else (name or description)


def _module(place: str, row: Row, device: Ref) -> Module:
    return Module(
        name=place,
        type=label("ENTITY-MIB", TABLE, CLASS, row.get(CLASS)),
        vendor=text(row.get(MAKER)),
        serial=serial_of(row),
        model=text(row.get(MODEL)),
        description=text(row.get(DESCR)),
        hardware_version=text(row.get(HARDWARE)),
        firmware_version=text(row.get(FIRMWARE)),
        software_version=text(row.get(SOFTWARE)),
        device=device,
    )
