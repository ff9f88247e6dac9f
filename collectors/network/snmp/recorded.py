"""Recorded agents: lines of ``snmprec`` (OID|type|value) and of ``snmpwalk -On`` become rows in the order of names.

Lines that say no value of SNMP are counted, not guessed at. Of two lines with one name the first counts, as an agent
has one value for it.
"""

from __future__ import annotations

import bz2
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from driftline.collectors.network.snmp import ber, values
from driftline.collectors.network.snmp.values import VarBind

UNSIGNED = {values.COUNTER32, values.GAUGE32, values.TIMETICKS, values.COUNTER64, values.UNSIGNED32}
SNMPREC_LINE = re.compile(r"^[\d.]+\|\d", re.MULTILINE)
WALK_LINE = re.compile(r"\.?(?P<oid>\d[\d.]*) = (?:(?P<type>[A-Za-z0-9-]+): ?)?(?P<value>.*)", re.DOTALL)
WALK_TAGS = {
    "INTEGER": values.INTEGER,
    "STRING": values.OCTETS,
    "Hex-STRING": values.OCTETS,
    "OID": values.OID,
    "IpAddress": values.IP_ADDRESS,
    "Counter32": values.COUNTER32,
    "Gauge32": values.GAUGE32,
    "Timeticks": values.TIMETICKS,
    "Counter64": values.COUNTER64,
}


@dataclass(slots=True)
class Recording:
    """The rows of one agent: names as numbers, in their order, and each encoded binding beside it."""

    names: list[tuple[int, ...]] = field(default_factory=list, repr=False)
    rows: list[VarBind] = field(default_factory=list, repr=False)
    unreadable: int = 0
    """Lines that hold no value of SNMP."""

    @classmethod
    def of(cls, rows: Iterable[VarBind], unreadable: int = 0) -> Recording:
        """Sort rows, the first of a name only."""
        first: dict[tuple[int, ...], VarBind] = {}
        for row in rows:
            first.setdefault(ber.parts(row.oid), row)
        names = sorted(first)
        return cls(names, [first[name] for name in names], unreadable)


def read_recording(path: Path) -> Recording:
    """Read a file of ``snmprec`` or ``snmpwalk`` lines, plain or compressed by bzip2."""
    text = recorded_text(path)
    return read_lines(text, walk=SNMPREC_LINE.search(text) is None)


def recorded_text(path: Path) -> str:
    """The lines of a file, plain or compressed by bzip2."""
    octets = path.read_bytes()
    return (bz2.decompress(octets) if path.suffix == ".bz2" else octets).decode(errors="surrogateescape")


def read_lines(text: str, *, walk: bool = False) -> Recording:
    """Read the lines of a recording; those of ``snmpwalk -On`` when ``walk``."""
    unreadable, rows = 0, []
    for line in _walk_lines(text) if walk else text.split("\n"):
        try:
            rows.append(_walk_row(line) if walk else _row(line))
        except (LookupError, ValueError, ber.Malformed):
            unreadable += bool(line.strip() and not line.startswith("#"))
    return Recording.of(rows, unreadable)


def _row(line: str) -> VarBind:
    name, kind, text = line.split("|", 2)
    kind, module, _ = kind.partition(":")
    if module:  # a value that the simulator varies: its start is given as value=…
        text = dict(part.partition("=")[::2] for part in text.split(","))["value"]
    tag = int(kind.rstrip("xe"))
    return VarBind(ber.from_dotted(name), tag, content(tag, bytes.fromhex(text) if kind.endswith("x") else text))


def content(tag: int, value: str | bytes) -> bytes:
    """The encoded content of a value as a recording writes it: text, or the octets of a hexadecimal one.

    Raises:
        ValueError: no value of that type.
    """
    if values.LONGEST[tag] == values.NOT_A_TYPE:
        raise ValueError(f"no type {tag}")
    if isinstance(value, bytes):
        return _number(tag, int.from_bytes(value, "big")) if tag in UNSIGNED else value
    if tag == values.INTEGER or tag in UNSIGNED:
        return _number(tag, int(value))
    if tag == values.IP_ADDRESS:
        return IPv4Address(value).packed
    if tag == values.OID:
        return ber.from_dotted(value) if "." in value.strip(".") else b"\0"
    return value.encode(errors="surrogateescape")


def _number(tag: int, value: int) -> bytes:
    if tag == values.INTEGER and not -(1 << 31) <= value < 1 << 31:
        value = (value + (1 << 31)) % (1 << 32) - (1 << 31)  # recorded as unsigned, of agents that mix them up
    return ber.number(value)[2:]


def _walk_lines(text: str) -> Iterator[str]:
    """Lines with those that continue a text with line breaks in it."""
    held: list[str] = []
    for line in text.split("\n"):
        if held and WALK_LINE.fullmatch(line):
            yield "\n".join(held)
            held = []
        held.append(line)
    yield "\n".join(held)


def _walk_row(line: str) -> VarBind:
    found = WALK_LINE.fullmatch(line)
    if found is None:
        raise ValueError("no line of a walk")
    kind, text = found["type"] or "STRING", found["value"]
    tag = WALK_TAGS.get(kind, values.NOT_A_TYPE)
    if tag == values.NOT_A_TYPE:
        raise ValueError(f"no type {kind}")
    name = ber.from_dotted(found["oid"])
    if kind == "Hex-STRING":
        return VarBind(name, tag, bytes.fromhex(text))
    if kind == "STRING":
        return VarBind(name, tag, content(tag, text.strip().removeprefix('"').removesuffix('"')))
    plain = re.search(r"\((-?\d+)\)", text)
    return VarBind(name, tag, content(tag, plain[1] if plain else text.split()[0]))
