"""Turns the pages of a property collector into plain values, five times faster than pyvmomi and harder to upset.

The type tables are pyvmomi's; the XML is read by lxml as a stream. One damaged, unknown or newer field costs itself
and nothing else: it is noted, and the rest of its object stays. Data objects become dicts with ``_type``, references
to managed objects become ``(type, value)``; an unset property is absent, an empty enum is ``None``.
"""

from __future__ import annotations

import base64
import functools
import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from lxml import etree
from pyVmomi.VmomiSupport import Array, DataObject, Enum, ManagedObject, binary

from driftline.collectors.vsphere.tables import is_a, name_of, properties, type_named

V = "{urn:vim25}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
END_OF_ENVELOPE = re.compile(rb"</(?:\w+:)?Envelope>\s*\Z")
DOCTYPE = b"<!DOCTYPE"
NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
CHARACTER_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,8});")
LEGAL = ((0x9, 0xA, 0xD), range(0x20, 0xD800), range(0xE000, 0xFFFE), range(0x10000, 0x110000))
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
HEAD_BYTES = 1024
DEVICES = "config.hardware.device"
STRANGER = "unknown type in a list"
"""An item of a list is left out because nobody knows its type; the others are whole."""


class Note(NamedTuple):
    """Something not understood: the property or field, why, and whether its value was lost by it."""

    place: str
    why: str
    lost: bool


class Found(NamedTuple):
    """One managed object of a page: what it shows, what it withholds (path: name of the fault), what was odd."""

    type: str
    moref: str
    props: dict[str, Any]
    missing: dict[str, str]
    notes: list[Note]


class Cut(Exception):
    """The page does not end where XML ends; nothing in it can be trusted to be whole."""


Element = Any  # lxml's elements: its stubs make every attribute a choice of str and bytes
Read = Callable[[Element, list[Note]], Any]
Field = tuple[str, bool, Read]
Keep = Callable[[str], bool]


def xsi_type(el: Element) -> str:
    """The local name of the element's type: servers choose different prefixes."""
    name: str = el.get(XSI_TYPE, "")
    return name.rpartition(":")[2]


def _text(el: Element, _notes: list[Note]) -> Any:  # noqa: ANN401 -- a decoded value
    return el.text or ""


def _enum(el: Element, _notes: list[Note]) -> Any:  # noqa: ANN401 -- a decoded value
    return el.text


def _reference(el: Element, _notes: list[Note]) -> Any:  # noqa: ANN401 -- a decoded value
    return el.get("type"), el.text


def _converting(convert: Callable[[str], Any]) -> Read:
    def read(el: Element, notes: list[Note]) -> Any:  # noqa: ANN401 -- a decoded value
        text = el.text
        if not text:
            return None
        try:
            return convert(text)
        except ValueError:
            notes.append(Note(etree.QName(el).localname, f"{text[:40]!r} does not convert", lost=True))
            return text

    return read


def _boolean(text: str) -> bool:
    if text in {"true", "1"}:
        return True
    if text in {"false", "0"}:
        return False
    raise ValueError(text)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(text)
    return instant


_INTEGER, _FLOAT = _converting(int), _converting(float)
SCALARS: dict[str, Read] = {
    "string": _text, "anyURI": _text, "boolean": _converting(_boolean), "dateTime": _converting(_instant),
    "base64Binary": _converting(base64.b64decode), "float": _FLOAT, "double": _FLOAT,
    "byte": _INTEGER, "short": _INTEGER, "int": _INTEGER, "long": _INTEGER,
}  # fmt: skip
BY_CLASS = {bool: "boolean", int: "long", float: "double", datetime: "dateTime", binary: "base64Binary"}


def _reader(cls: type) -> Read:
    """How a field of a declared type is read; ``object`` stands for any type, named by the element itself."""
    if cls is object:
        return decode_any
    if issubclass(cls, ManagedObject):
        return _reference
    if issubclass(cls, DataObject):
        return _object_reader(name_of(cls))
    for base, name in BY_CLASS.items():
        if issubclass(cls, base):
            return SCALARS[name]
    return _enum if issubclass(cls, Enum) else _text


def _object_reader(declared: str) -> Read:
    def read(el: Element, notes: list[Note]) -> Any:  # noqa: ANN401 -- a decoded value
        return decode_object(el, xsi_type(el) or declared, notes)

    return read


@functools.cache
def fields(wsdl_name: str) -> dict[str, Field] | None:
    """The fields of a data type by tag: name, whether there are many, how one is read. ``None``: no such type."""
    cls = type_named(wsdl_name)
    if cls is None or not issubclass(cls, DataObject):
        return None
    known: dict[str, Field] = {}
    for row in properties(cls):
        many = issubclass(row.type, Array)
        known[V + row.name] = (row.name, many, _reader(row.type.Item if many else row.type))
    return known


@functools.cache
def _array_of(name: str) -> tuple[str, Read | None]:
    """Name and reader of the items of ``ArrayOfX``; no reader where each item names its own type."""
    item = name[7:]
    low = item[:1].lower() + item[1:]  # ArrayOfString holds xsd:string, whose name is lower-case
    if low in SCALARS:
        return low, SCALARS[low]
    return item, _reference if item == "ManagedObjectReference" else None


def decode_any(el: Element, notes: list[Note], keep: Keep | None = None) -> Any:  # noqa: ANN401 -- a decoded value
    """Decode a value by the type that its element names; items of a list only if ``keep`` says so of their type."""
    return _decode_named(el, xsi_type(el), notes, keep)


def _decode_named(el: Element, name: str, notes: list[Note], keep: Keep | None = None) -> Any:  # noqa: ANN401 -- a decoded value
    if scalar := SCALARS.get(name):
        return scalar(el, notes)
    if name == "ManagedObjectReference":
        return el.get("type"), el.text
    if name.startswith("ArrayOf"):
        item, read = _array_of(name)
        if read:
            return [read(child, notes) for child in el]
        rows = [(child, xsi_type(child) or item) for child in el]
        return [_item(child, kind, notes) for child, kind in rows if keep is None or keep(kind)]
    if len(el) or fields(name) is not None:
        return decode_object(el, name, notes)
    return el.text  # an enum; its tables are not asked, so that a new value stays its text


def _item(el: Element, kind: str, notes: list[Note]) -> Any:  # noqa: ANN401 -- a decoded value
    if type_named(kind) is None and len(el):
        notes.append(Note(kind, STRANGER, lost=False))
        return {"_type": kind}
    return _decode_named(el, kind, notes)


def decode_object(el: Element, name: str, notes: list[Note]) -> dict[str, Any]:
    """Decode a data object of the named type; what the tables do not know is noted by name and left out."""
    known = fields(name)
    out: dict[str, Any] = {"_type": name}
    if known is None:
        notes.append(Note(name or etree.QName(el).localname, "unknown type", lost=bool(name)))
        return out
    for child in el:
        row = known.get(child.tag)
        if row is None:
            notes.append(Note(f"{name}.{etree.QName(child).localname}", "unknown field", lost=False))
            continue
        field, many, read = row
        if not many:
            out[field] = read(child, notes)
        elif field in out:
            out[field].append(read(child, notes))
        else:
            out[field] = [read(child, notes)]
    return out


def page(body: bytes, keep_device: Keep | None = None) -> tuple[list[Found], bool]:
    """All objects of one page, and whether characters had to be replaced to read it.

    Never with lxml's ``recover``: on a body cut short it invents an object with a shortened reference.

    Raises:
        Cut: the page is not whole, or not a page at all.
    """
    if DOCTYPE in body[:HEAD_BYTES]:
        raise Cut("the reply declares a document type")
    if not END_OF_ENVELOPE.search(body[-HEAD_BYTES:]):
        raise Cut("the reply does not end with its envelope")
    try:
        return list(objects(io.BytesIO(body), keep_device)), False
    except etree.XMLSyntaxError:
        mended = mend(body)
    try:
        return list(objects(io.BytesIO(mended), keep_device)), True
    except etree.XMLSyntaxError as error:
        raise Cut(f"not XML: {error.msg}") from error


def mend(body: bytes) -> bytes:
    """The body with everything replaced that is no character of XML: broken UTF-8, control characters, ``&#x1;``."""
    text = NO_CHARACTER.sub(REPLACEMENT, body.decode("utf-8", "replace"))
    return CHARACTER_REFERENCE.sub(lambda found: found[0] if _legal(found[1]) else REPLACEMENT, text).encode()


def _legal(number: str) -> bool:
    """Whether XML 1.0 has a character of this number (section 2.2)."""
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return any(code in legal for legal in LEGAL)


def objects(source: io.BytesIO, keep_device: Keep | None = None) -> Iterator[Found]:
    """Stream the objects of a page; what was read is freed behind them."""
    stream = etree.iterparse(
        source,
        events=("end",),
        tag=V + "objects",
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
    )
    for _, element in stream:
        el: Element = element
        found = _found(el, keep_device)
        el.clear()
        while el.getprevious() is not None:
            del el.getparent()[0]
        if found:
            yield found


def _found(el: Element, keep_device: Keep | None) -> Found | None:
    parts, props, missing, notes = iter(el), {}, {}, list[Note]()
    ref = next(parts, None)
    if ref is None or not ref.get("type") or not ref.text:
        return None
    for part in parts:
        if part.tag == V + "missingSet":
            fault = part.find(f"{V}fault/{V}fault")
            missing[part.findtext(V + "path") or ""] = "" if fault is None else xsi_type(fault)
        elif len(part) >= 2:  # noqa: PLR2004 -- name and val; a name alone is an unset property
            name = part[0].text
            before = len(notes)
            props[name] = decode_any(part[1], notes, keep_device if name == DEVICES else None)
            if len(notes) > before:
                notes[before:] = [Note(f"{name}: {n.place}", n.why, n.lost) for n in notes[before:]]
    return Found(ref.get("type"), ref.text, props, missing, notes)


@functools.cache
def wanted_device(name: str) -> bool:
    """Whether a device of this type becomes an item: disks, network cards, and types that nobody knows yet."""
    return type_named(name) is None or is_a(name, "VirtualDisk", "VirtualEthernetCard")
