"""The rows of damage that one object of a page may carry, each alone: it costs itself and is reported."""

from __future__ import annotations

import gc
import io
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from driftline.collectors.vsphere.decode import Cut, Found, mend, objects, page, wanted_device
from driftline.graph.model.garbage import uncollected

ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    '<RetrievePropertiesExResponse xmlns="urn:vim25"><returnval>{}</returnval></RetrievePropertiesExResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
DISK = (
    '<VirtualDevice xsi:type="VirtualDisk"><key>2000</key><backing xsi:type="VirtualDiskFlatVer2BackingInfo">'
    '<fileName>[a] b.vmdk</fileName><datastore type="Datastore">ds-1</datastore><diskMode>persistent</diskMode>'
    "</backing><capacityInKB>1024</capacityInKB></VirtualDevice>"
)


def prop(name: str, kind: str, value: str) -> str:
    """A property with a typed value."""
    return f'<propSet><name>{name}</name><val xsi:type="{kind}">{value}</val></propSet>'


def vm(*props: str, ref: str = "vm-1") -> str:
    """A machine in a page."""
    return f'<objects><obj type="VirtualMachine">{ref}</obj>{"".join(props)}</objects>'


NAME = prop("name", "xsd:string", "web")
HOST = '<propSet><name>runtime.host</name><val type="HostSystem" xsi:type="ManagedObjectReference">h-1</val></propSet>'
CPU = prop("config.hardware.numCPU", "xsd:int", "2")


def decoded(*objects: str) -> list[Found]:
    """A whole page, decoded."""
    return page(ENVELOPE.format("".join(objects)).encode(), wanted_device)[0]


def one(*props: str) -> Found:
    """A page with one machine."""
    (found,) = decoded(vm(*props))
    return found


def test_plain_values_have_their_types() -> None:
    """Text, numbers, truth, time and references."""
    found = one(
        NAME,
        CPU,
        prop("config.template", "xsd:boolean", "1"),
        prop("runtime.bootTime", "xsd:dateTime", "2026-01-05T08:00:00.5Z"),
        HOST,
        prop(
            "datastore",
            "ArrayOfManagedObjectReference",
            '<ManagedObjectReference type="Datastore">d</ManagedObjectReference>',
        ),
    )
    assert found.props == {
        "name": "web",
        "config.hardware.numCPU": 2,
        "config.template": True,
        "runtime.bootTime": datetime(2026, 1, 5, 8, 0, 0, 500_000, UTC),
        "runtime.host": ("HostSystem", "h-1"),
        "datastore": [("Datastore", "d")],
    }
    assert (found.missing, found.notes) == ({}, [])


def test_an_unknown_field_of_a_known_type_costs_itself() -> None:
    """Pyvmomi #190, #276: the whole page was lost."""
    found = one(
        NAME, prop("config.hardware.device", "ArrayOfVirtualDevice", DISK.replace("<key>", "<novelty>9</novelty><key>"))
    )
    (disk,) = found.props["config.hardware.device"]
    assert disk["key"] == 2000
    assert [(note.place, note.why, note.lost) for note in found.notes] == [
        ("config.hardware.device: VirtualDisk.novelty", "unknown field", False)
    ]


@pytest.mark.parametrize("inside", ["", "<a>1</a>"])
def test_an_unknown_device_is_kept_to_be_reported(inside: str) -> None:
    """Pyvmomi #514, #915: a type that the tables do not know."""
    novel = f'<VirtualDevice xsi:type="VirtualHologram"><key>7</key>{inside}</VirtualDevice>'
    found = one(prop("config.hardware.device", "ArrayOfVirtualDevice", novel + DISK))
    assert [device["_type"] for device in found.props["config.hardware.device"]] == ["VirtualHologram", "VirtualDisk"]
    assert [(note.why, note.lost) for note in found.notes] == [("unknown type in a list", False)]


def test_unwanted_devices_are_not_decoded() -> None:
    """Devices are half of a page; a keyboard becomes no item."""
    keyboard = '<VirtualDevice xsi:type="VirtualKeyboard"><key>600</key></VirtualDevice>'
    assert one(prop("config.hardware.device", "ArrayOfVirtualDevice", keyboard)).props["config.hardware.device"] == []


def test_an_unknown_enum_value_stays_its_text() -> None:
    """A newer server has states that we do not know yet."""
    found = one(prop("runtime.powerState", "VirtualMachinePowerState", "hibernating"))
    assert (found.props["runtime.powerState"], found.notes) == ("hibernating", [])


def test_an_unknown_type_of_a_property_is_reported() -> None:
    """A property of a type that nobody knows leaves the rest of the object intact."""
    found = one(prop("config.novelty", "NoveltyInfo", "<a>1</a>"), NAME)
    assert found.props["name"] == "web"
    assert [note.place for note in found.notes] == ["config.novelty: NoveltyInfo"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("xsd:int", "two"), ("xsd:boolean", "maybe"), ("xsd:dateTime", "soon"), ("xsd:dateTime", "2026-01-05T08:00:00")],
)
def test_a_value_that_does_not_convert_stays_text(kind: str, text: str) -> None:
    """Number, truth or date: the text is kept, the loss is noted, nothing else is touched."""
    found = one(NAME, prop("config.hardware.numCPU", kind, text))
    assert found.props == {"name": "web", "config.hardware.numCPU": text}
    (note,) = found.notes
    assert note.lost
    assert "does not convert" in note.why


def test_a_damaged_number_deep_inside_names_its_property() -> None:
    """The note leads from the property to the field."""
    found = one(prop("config.hardware.device", "ArrayOfVirtualDevice", DISK.replace("1024", "big")))
    assert [note.place for note in found.notes] == ["config.hardware.device: capacityInKB"]


def test_a_name_without_value_is_an_unset_property() -> None:
    """Vcsim 0.56.0 sends it on every page but the first."""
    assert one("<propSet><name>snapshot</name></propSet>", NAME).props == {"name": "web"}


def test_an_empty_enum_is_unset() -> None:
    """A required enum sent empty (vcsim 0.56.0) makes pyvmomi lose the whole runtime."""
    info = "<connectionState>connected</connectionState><faultToleranceState/>"
    found = one(prop("runtime", "VirtualMachineRuntimeInfo", info))
    assert found.props["runtime"]["faultToleranceState"] is None
    assert found.props["runtime"]["connectionState"] == "connected"


def test_a_missing_property_carries_its_fault() -> None:
    """MissingSet says which path was refused and why."""
    fault = '<fault><fault xsi:type="NoPermission"/><localizedMessage/></fault>'
    found = one(NAME, f"<missingSet><path>config.uuid</path>{fault}</missingSet>")
    assert (found.props, found.missing) == ({"name": "web"}, {"config.uuid": "NoPermission"})


@pytest.mark.parametrize("bad", [b"&#x1;", b"&#11;", b"\xc3\x28", b"\xff", b"\x07", b"&#xFFFE;", b"&#55296;"])
def test_broken_characters_are_replaced_not_dropped(bad: bytes) -> None:
    """A label with a control character or broken UTF-8 costs pyvmomi the page."""
    body = ENVELOPE.format(vm(NAME.replace("web", "web@"), CPU)).encode().replace(b"@", bad)
    (found,), mended = page(body)
    assert mended
    assert found.props["name"].rstrip("(") == "web\N{REPLACEMENT CHARACTER}"
    assert found.props["config.hardware.numCPU"] == 2


@pytest.mark.parametrize("good", ["&#9;", "&#10;", "&amp;", "\N{GRINNING FACE}", "\N{LATIN SMALL LETTER E WITH ACUTE}"])
def test_good_characters_are_left_alone(good: str) -> None:
    """Mending touches only what is no character of XML."""
    body = ENVELOPE.format(vm(prop("name", "xsd:string", good)) + vm(prop("name", "xsd:string", "&#1;"), ref="vm-2"))
    assert mend(body.encode()).decode() == body.replace("&#1;", "\N{REPLACEMENT CHARACTER}")


def test_a_cut_page_is_no_page_wherever_it_is_cut() -> None:
    """On a cut body lxml's recover invents an object with a shortened reference; we refuse it."""
    body = ENVELOPE.format(vm(NAME, ref="vm-123") + vm(CPU, ref="vm-456")).encode()
    for end in range(len(body)):
        with pytest.raises(Cut):
            page(body[:end])


def test_a_page_of_broken_structure_is_no_page() -> None:
    """Tags that do not match are not guessed about."""
    with pytest.raises(Cut, match="not XML"):
        page(ENVELOPE.format(vm(NAME.replace("</name>", "</nome>"))).encode())


def test_a_document_type_is_refused() -> None:
    """SOAP has none: it is the door of entity bombs and foreign files."""
    bomb = '<!DOCTYPE a [<!ENTITY x "y">]>'
    with pytest.raises(Cut, match="document type"):
        page(ENVELOPE.format(vm(NAME)).replace("\n", "\n" + bomb, 1).encode())


def test_an_object_without_a_reference_is_left_out() -> None:
    """There is nothing to bind it to."""
    assert [
        found.moref for found in decoded("<objects/>", '<objects><obj type="VirtualMachine"/></objects>', vm(NAME))
    ] == ["vm-1"]


@pytest.mark.parametrize("prefix", ["v", "ns1"])
def test_servers_may_choose_their_prefixes(prefix: str) -> None:
    """Only the local name of a type counts."""
    body = ENVELOPE.format(vm(CPU)).replace("xsd:", f"{prefix}:").replace("xmlns:xsd", f"xmlns:{prefix}")
    assert page(body.replace(f"xmlns:{prefix}:", "xmlns:").encode())[0][0].props["config.hardware.numCPU"] == 2


def test_a_stream_does_not_keep_what_it_has_given() -> None:
    """Objects behind the stream are freed, so that memory does not grow with the page."""
    body = io.BytesIO(ENVELOPE.format("".join(vm(NAME, ref=f"vm-{i}") for i in range(200))).encode())
    stream = objects(body)
    first = next(stream)
    assert first.moref == "vm-0"
    assert sum(1 for _ in stream) == 199


def test_the_garbage_collector_is_restored_whatever_happens() -> None:
    """It is paused while decoding, and only then."""
    during = []
    with suppress(KeyError), uncollected():
        during.append(gc.isenabled())
        raise KeyError
    assert during == [False]
    assert gc.isenabled()
