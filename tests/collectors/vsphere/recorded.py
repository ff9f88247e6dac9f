"""Objects that others recorded, served as the answers of one visit: each is taken apart into the paths asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree
from pyVmomi.VmomiSupport import Array, DataObject, Enum, ManagedObject

from driftline.collectors.capture import Capture, Entry, capture_of
from driftline.collectors.vsphere.asks import STAGES, Asked
from driftline.collectors.vsphere.decode import BY_CLASS, XSI_TYPE
from driftline.collectors.vsphere.tables import name_of, type_named
from driftline.graph.model.values import Ms

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    '<Response xmlns="urn:vim25">{}</Response></soapenv:Body></soapenv:Envelope>'
)
PAGE = "<returnval>{}</returnval>"
Element = Any


def capture_from(folder: Path) -> Capture:
    """A capture whose answers are made of the objects in a folder."""
    found = [etree.parse(file).getroot() for file in sorted(folder.glob("*.xml"))]
    objects: list[Element] = [one for one in found if one.find("obj") is not None]
    service = next(one for one in objects if one.find("obj").get("type") == "ServiceInstance")
    view = "".join(
        f'<ManagedObjectReference type="{_kind(one)}">{_ref(one)}</ManagedObjectReference>' for one in objects
    )
    members = _content(
        "ContainerView",
        "view",
        f'<propSet><name>view</name><val xsi:type="ArrayOfManagedObjectReference">{view}</val></propSet>',
    )
    answers = {
        Asked.CONTENT: PAGE.format(_inside(service.find("propSet/val"))),
        Asked.LOGIN: PAGE.format("<userName>reader</userName>"),
        Asked.VIEW: '<returnval type="ContainerView">view</returnval>',
        Asked.BEFORE: PAGE.format(members),
        **{stage: PAGE.format("".join(_shown(one, stage) for one in objects)) for stage in STAGES},
        Asked.AFTER: PAGE.format(members),
    }
    rows = [
        (Entry(ask, "POST", "/sdk", "", 200, Ms(1), Ms(2), 0, ""), ENVELOPE.format(body).encode())
        for ask, body in answers.items()
    ]
    return capture_of(rows, {"target": folder.name})


def _shown(one: Element, stage: Asked) -> str:
    paths = STAGES[stage].get(_kind(one))
    if paths is None:
        return ""
    return _content(_kind(one), _ref(one), "".join(_property(one, path) for path in paths))


def _content(kind: str, ref: str, inside: str) -> str:
    return f'<objects><obj type="{kind}">{ref}</obj>{inside}</objects>'


def _property(one: Element, path: str) -> str:
    whole = {prop.findtext("name"): prop.find("val") for prop in one.iterfind("propSet")}
    first, *rest = path.split(".")
    value = whole.get(first)
    kind = next(row.type for row in _rows(_kind(one)) if row.name == first)
    for at, step in enumerate(rest):
        if value is None:
            return ""
        owner = (value.get(XSI_TYPE) or "").rpartition(":")[2] or name_of(kind)
        kind = next((row.type for row in _rows(owner) if row.name == step), None)
        if kind is None:
            return ""
        if at == len(rest) - 1 and issubclass(kind, Array):
            return _list(path, kind, value.findall(step))
        value = value.find(step)
    return "" if value is None else f"<propSet><name>{path}</name>{_value(value, kind)}</propSet>"


def _rows(kind: str) -> Iterator[Any]:
    cls: Any = type_named(kind)
    if issubclass(cls, ManagedObject):
        yield from (cls._GetPropertyInfo(name) for name in dir(cls) if _is_property(cls, name))
    else:
        yield from cls._GetPropertyList()


def _is_property(cls: Any, name: str) -> bool:  # noqa: ANN401 -- a class of pyvmomi
    try:
        return cls._GetPropertyInfo(name) is not None
    except AttributeError:
        return False


def _list(path: str, kind: Any, values: list[Element]) -> str:  # noqa: ANN401 -- a class of pyvmomi
    item = name_of(kind.Item)
    inside = "".join(f"<{item}{_attributes(value)}>{_inside(value)}</{item}>" for value in values)
    return f'<propSet><name>{path}</name><val xsi:type="ArrayOf{item}">{inside}</val></propSet>' if values else ""


def _value(value: Element, kind: Any) -> str:  # noqa: ANN401 -- a class of pyvmomi
    named = value.get(XSI_TYPE)
    return f'<val xsi:type="{named or _name(kind)}"{_attributes(value, typed=False)}>{_inside(value)}</val>'


def _name(kind: Any) -> str:  # noqa: ANN401 -- a class of pyvmomi
    if issubclass(kind, ManagedObject):
        return "ManagedObjectReference"
    if issubclass(kind, DataObject | Enum):
        return name_of(kind)
    return "xsd:" + next((name for base, name in BY_CLASS.items() if issubclass(kind, base)), "string")


def _attributes(value: Element, *, typed: bool = True) -> str:
    own = f" type={quoteattr(value.get('type'))}" if value.get("type") else ""
    return own + (f' xsi:type="{value.get(XSI_TYPE)}"' if typed and value.get(XSI_TYPE) else "")


def _inside(value: Element) -> str:
    text = (value.text or "").strip()
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return escaped + "".join(etree.tostring(child, encoding="unicode") for child in value)


def _kind(one: Element) -> str:
    return str(one.find("obj").get("type"))


def _ref(one: Element) -> str:
    return str(one.findtext("obj"))
