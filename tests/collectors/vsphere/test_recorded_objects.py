"""Objects and answers that nobody of this project wrote, read in place: a real ESXi, two vCenters, a vCenter's XML."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lxml import etree
from ruamel.yaml import YAML

from driftline.collectors.capture import Capture
from driftline.collectors.vsphere import soap
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.decode import Note, V, decode_any
from driftline.graph.model.compute import HypervisorHost, Power, VCenter, VirtualMachine
from driftline.graph.model.hardware import Server
from tests.collectors.vsphere.reader import damaged, incomplete, item, items, observed, row, withheld
from tests.collectors.vsphere.recorded import capture_from
from tests.recorded import folder

IDENTITY = (
    b'<propSet><name>hardware.systemInfo</name><val xsi:type="HostSystemInfo"><vendor>QEMU</vendor><model>PC</model>'
    b"<uuid>4c4c4544-0042-3010-8052-b7c04f4d3532</uuid></val></propSet>"
)
CASSETTES = (
    "basic_container_view", "root_folder_parent", "test_json_datastore_explode", "test_json_network_explode",
    "test_json_vm_explode_default", "test_vm_config_iso8601", "vm_nic_data",
)  # fmt: skip


def esxi() -> Capture:
    """The recorded ESXi, with the identity that its recorder left out put back."""
    capture = capture_from(folder("vcenter-govc/esxi_1"))
    return damaged(capture, Asked.HOSTS, b"<propSet><name>runtime.", IDENTITY + b"<propSet><name>runtime.")


def bodies(cassette: str) -> Iterator[bytes]:
    """The SOAP answers of a cassette."""
    text = (folder("vcenter-pyvmomi") / f"{cassette}.yaml").read_text("utf-8").replace("!!python/unicode", "")
    for interaction in YAML(typ="safe").load(text)["interactions"]:
        body = interaction["response"]["body"]["string"]
        if "Envelope" in body:
            yield body.encode()


def test_a_standalone_esxi_is_its_own_source() -> None:
    """It has no instanceUuid: the source is the host's identity, and its parts are read like any other's."""
    seen = observed(esxi())
    host = item(seen, Server)
    assert seen.source
    assert seen.source.id == host.system_uuid
    assert item(seen, VCenter).name == "VMware ESXi"
    assert item(seen, HypervisorHost).moref == "ha-host"
    assert len(items(seen, VirtualMachine)) == 3


def test_a_machine_whose_files_are_gone_is_named_by_its_path() -> None:
    """ManageIQ #773: no ``config``, a name that is a path; the item stands, its configuration is withheld."""
    seen = observed(esxi())
    lost = item(seen, VirtualMachine, moref="1")
    assert (lost.name or "").endswith("/vcenter/vcenter.vmx")
    assert (lost.power, lost.cpu_count) == (Power.OFF, None)
    assert withheld(seen, "VirtualMachine", "1")["cpu_count"] == "config not shown"
    assert row(seen, "VirtualMachine").count == 3


@pytest.mark.parametrize(("name", "machines"), [("vcenter_1", 1), ("esxi_1", 3)])
def test_recorded_inventories_are_understood(name: str, machines: int) -> None:
    """Nothing in them is unknown to the tables, and nothing that was served is missing."""
    seen = observed(esxi() if name == "esxi_1" else capture_from(folder(f"vcenter-govc/{name}")))
    assert len(items(seen, VirtualMachine)) == machines
    assert [one for one in seen.unread if one.ask != "privileges"] == []
    groups = {("VirtualMachine", "tags"), ("VirtualMachine", "custom_fields")}
    assert incomplete(seen) == groups


@pytest.mark.parametrize("cassette", CASSETTES)
def test_answers_of_a_real_vcenter_are_decoded_without_loss(cassette: str) -> None:
    """Every property fetched from a vCenter 8.0.3 converts, and the tables know its type."""
    notes: list[Note] = []
    values = [
        decode_any(one, notes) for body in bodies(cassette) for one in etree.fromstring(body).iter(V + "returnval")
    ]
    assert values
    assert [note for note in notes if note.lost] == []


def test_a_refused_login_of_a_real_vcenter_is_recognised() -> None:
    """The fault of a wrong password, as a vCenter writes it."""
    faults = [fault for body in bodies("basic_connection_bad_password") if (fault := soap.fault_of(body))]
    assert [fault.type for fault in faults] == ["InvalidLogin"]
