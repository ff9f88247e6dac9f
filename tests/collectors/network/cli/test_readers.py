"""Readers of all platforms, on recorded answers of devices and on small samples of our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from driftline.collectors.network.cli import texts
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.cli.redact import Redactor
from driftline.collectors.network.cli.rows import (
    AddressRow,
    DeviceRow,
    HeardRow,
    InterfaceRow,
    NotThere,
    NotUnderstood,
    PartRow,
    RouteCount,
    Row,
    TextRow,
    VlanRow,
)
from driftline.graph.model.neighbours import ArpRow, Neighbour, Protocol, Station
from tests.recorded import DATA, absent

REDACT = Redactor(b"a key of a test site", "k1")
EVERY_ASK = [(name, one.command) for name, platform in PLATFORMS.items() for one in platform.asks]


def read(platform: str, command: str, text: str) -> tuple[Row, ...]:
    """What the reader of a command makes of a text."""
    ask = PLATFORMS[platform].of(command)
    assert ask
    return ask.read(REDACT(text))


def recorded(kind: str, pattern: str) -> list[Path]:
    """Recorded files; the test is skipped, with the reason, where there are none."""
    found = sorted((DATA / kind).glob(pattern))
    if not found:
        absent(DATA / kind / pattern)
    return found


def test_templates_read_recorded_texts_as_their_authors_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Every raw text of the six platforms: rows equal the parsed rows, or the disagreement is printed."""
    yaml = YAML(typ="safe")
    equal, others = 0, []
    for raw in recorded("cli-ntc", "*/*/*.raw"):
        template = f"{raw.parent.parent.name}_{raw.parent.name}"
        wanted = yaml.load(raw.with_suffix(".yml"))["parsed_sample"]
        try:
            rows = texts.parse(template, raw.read_text("utf-8"))
        except (NotUnderstood, FileNotFoundError) as error:
            others.append(f"{raw.parent.parent.name}/{raw.parent.name}/{raw.name}: {error}")
            continue
        equal += rows == wanted
        if rows != wanted:
            others.append(f"{raw.parent.parent.name}/{raw.parent.name}/{raw.name}: other rows")
    with capsys.disabled():
        print(f"\n{equal} recorded texts read as parsed by others; {len(others)} not: {others}")  # noqa: T201  # asked
    assert equal > 150
    assert len(others) <= equal // 20


def test_readers_of_our_commands_understand_every_recorded_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Each text that some device gave to a command of ours becomes rows, and redaction changes none of them."""
    counts: dict[str, int] = {}
    for platform, command in EVERY_ASK:
        folder = command.replace(" ", "_").replace("show_mac_address-table", "show_mac?address-table")
        for raw in sorted((DATA / "cli-ntc" / platform).glob(f"{folder}/*.raw")):
            rows = read(platform, command, raw.read_text("utf-8"))
            ask = PLATFORMS[platform].of(command)
            assert ask
            assert rows == ask.read(raw.read_text("utf-8")), raw
            counts[f"{platform} {command}"] = counts.get(f"{platform} {command}", 0) + len(rows)
    if not counts:
        absent(DATA / "cli-ntc")
    with capsys.disabled():
        print(f"\n{counts}")  # noqa: T201  # what was read
    assert all(counts.values())


@pytest.mark.parametrize(("platform", "command"), EVERY_ASK, ids=[" ".join(pair) for pair in EVERY_ASK])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "% Invalid input detected at '^' marker.\n",
        "error: syntax error, expecting <command>.\n",
        "-bash: x: command not found\n",
        "{}\n",
        "[1, 2",
        '{"a": [[[{}]]]}\n',
        "one line that means nothing\n",
        "{" * 5_000,
        "[" * 200_000,
    ],
    ids=["nothing", "cisco no", "junos no", "shell no", "no members", "cut", "other", "prose", "braces", "deep"],
)
def test_what_is_not_understood_is_never_nothing(platform: str, command: str, text: str) -> None:
    """Text that no line matches makes the ask failed; nothing is declared absent."""
    with pytest.raises(NotUnderstood):
        read(platform, command, text)


def test_a_version_names_each_chassis_of_a_stack() -> None:
    """Serial and model of every member."""
    made = [
        row
        for raw in recorded("cli-ntc", "cisco_ios/show_version/*.raw")
        for row in read("cisco_ios", "show version", raw.read_text("utf-8"))
    ]
    assert len(made) > 5
    assert all(isinstance(row, DeviceRow) and row.vendor == "cisco" and row.version for row in made)


def test_eos_and_junos_tell_version_and_ports_in_json() -> None:
    """Recorded JSON of two labs."""
    for shown in recorded("lab-snapshots", "eos_ospf_unnumbered/show/*/show_version_|_json.txt"):
        (row,) = read("arista_eos", "show version | json", shown.read_text())
        assert isinstance(row, DeviceRow)
        assert row.model == "cEOSLab"
        ports = shown.with_name("show_interfaces_|_json.txt").read_text()
        rows = read("arista_eos", "show interfaces | json", ports)
        assert {row.name for row in rows if isinstance(row, InterfaceRow)} == set(json.loads(ports)["interfaces"])
        assert [row.address for row in rows if isinstance(row, AddressRow) and row.port == "Loopback0"]
    for shown in recorded("lab-snapshots", "junos_cross_term_match/show/*/show_version_|_display_json.txt"):
        (row,) = read("juniper_junos", "show version | display json", shown.read_text())
        assert isinstance(row, DeviceRow)
        assert (row.name, row.model, row.version) == (shown.parent.name, "vmx", "25.4R1.12")
        rows = read(
            "juniper_junos",
            "show interfaces | display json",
            shown.with_name("show_interfaces_|_display_json.txt").read_text(),
        )
        assert any(isinstance(row, InterfaceRow) and row.name == "ge-0/0/0" and row.mac for row in rows)
        assert any(isinstance(row, AddressRow) and row.port.startswith("ge-0/0/0.") for row in rows)


def test_linux_is_read_by_its_json() -> None:
    """lldpd, iproute2 and FRR: facts that SNMP lacks there."""
    heard = {
        "lldp": [
            {
                "interface": [
                    {
                        "name": "eth1",
                        "via": "LLDP",
                        "chassis": [
                            {
                                "id": [{"type": "mac", "value": "52:54:00:12:34:56"}],
                                "name": [{"value": "spine1"}],
                                "mgmt-ip": [{"value": "10.99.0.11"}],
                            }
                        ],
                        "port": [{"id": [{"type": "ifname", "value": "swp1"}], "descr": [{"value": "to leaf"}]}],
                    },
                    {"name": "eth2", "via": "CDPv2", "chassis": [{}], "port": [{}]},
                ]
            }
        ]
    }
    rows = read("linux", "lldpcli -f json0 show neighbors details", json.dumps(heard))
    said = Neighbour("4", "525400123456", "5", b"swp1".hex(), "to leaf", "spine1", ("10.99.0.11",))
    assert rows == (HeardRow("eth1", Protocol.LLDP, said),)
    assert read("linux", "ip -j address show", ADDRESSES) == (
        InterfaceRow("lo", "UNKNOWN", None, None, 65536),
        AddressRow("lo", "10.0.0.1/32"),
        InterfaceRow("eth1", "UP", "uplink", "52:54:00:00:00:01", 1500),
    )
    stations = '[{"mac":"52:54:00:00:00:09","ifname":"eth1","vlan":10,"state":""},'
    stations += '{"mac":"33:33:00:00:00:01","ifname":"eth1","state":"permanent"}]'
    assert read("linux", "bridge -j fdb show", stations) == (Station("eth1", "52:54:00:00:00:09", 10),)
    vlans = '[{"ifname":"eth1","vlans":[{"vlan":1},{"vlan":10,"vlanEnd":12}]}]'
    assert [r.number for r in read("linux", "bridge -j vlan show", vlans) if isinstance(r, VlanRow)] == [1, 10, 11, 12]
    arp = '[{"dst":"10.0.0.2","dev":"eth1","lladdr":"52:54:00:00:00:09"},{"dst":"10.0.0.3","dev":"eth1"}]'
    assert read("linux", "ip -j neigh show", arp) == (ArpRow("eth1", "10.0.0.2", "52:54:00:00:00:09"),)
    routes = '{"routes":[{"type":"connected","rib":4}],"routesTotal":12,"routesTotalFib":12}'
    assert read("linux", "vtysh -c 'show ip route summary json'", routes) == (RouteCount("default", 12),)
    assert read("linux", "uname -n", "leaf1\n") == (DeviceRow(name="leaf1"),)
    assert read("linux", "cat /etc/os-release", 'NAME=x\nPRETTY_NAME="Debian 12"\n') == (
        DeviceRow(version="Debian 12"),
    )


ADDRESSES = json.dumps(
    [
        {},
        {
            "ifname": "lo",
            "operstate": "UNKNOWN",
            "mtu": 65536,
            "address": "00:00:00:00:00:00",
            "addr_info": [{"local": "10.0.0.1", "prefixlen": 32, "scope": "global"}],
        },
        {
            "ifname": "eth1",
            "operstate": "UP",
            "mtu": 1500,
            "address": "52:54:00:00:00:01",
            "ifalias": "uplink",
            "addr_info": [{"local": "fe80::1", "prefixlen": 64, "scope": "link"}],
        },
    ]
)


def test_a_configuration_that_was_cut_is_not_one() -> None:
    """IOS, EOS and FRR end their configuration with ``end``: without it lines may be missing."""
    whole = "hostname x\ninterface y\n shutdown\nend\n"
    for platform, command in (
        ("cisco_ios", "show running-config"),
        ("arista_eos", "show running-config"),
        ("linux", "vtysh -c 'show running-config'"),
    ):
        assert read(platform, command, whole) == (TextRow(whole),)
        with pytest.raises(NotUnderstood, match="cut"):
            read(platform, command, whole.removesuffix("end\n"))


def test_a_machine_without_frr_has_no_configuration_of_it() -> None:
    """A program or file that is not there could have said nothing; one that may not be read could have."""
    for command, text in (
        ("vtysh -c 'show running-config'", "-bash: vtysh: command not found\n"),
        ("cat /etc/frr/frr.conf", "cat: /etc/frr/frr.conf: No such file or directory\n"),
    ):
        with pytest.raises(NotThere):
            read("linux", command, text)
    with pytest.raises(NotUnderstood) as refused:
        read("linux", "cat /etc/frr/frr.conf", "cat: /etc/frr/frr.conf: Permission denied\n")
    assert not isinstance(refused.value, NotThere)


def test_neighbours_by_cisco_text_are_octets_again() -> None:
    """LLDP of texts that name no subtype: a MAC address is one, all else is text; CDP has none."""
    for raw in recorded("cli-ntc", "cisco_ios/show_cdp_neighbors_detail/*.raw"):
        row = read("cisco_ios", "show cdp neighbors detail", raw.read_text())[0]
        assert isinstance(row, HeardRow)
        assert (row.protocol, bytes.fromhex(row.neighbour.port_id)) == (Protocol.CDP, b"GigabitEthernet0/1")
    rows = [
        row
        for raw in recorded("cli-ntc", "cisco_ios/show_lldp_neighbors_detail/*.raw")
        for row in read("cisco_ios", "show lldp neighbors detail", raw.read_text())
    ]
    assert any(isinstance(row, HeardRow) and row.neighbour.chassis_subtype == "4" for row in rows)


def test_parts_have_serial_numbers() -> None:
    """Inventory of chassis and modules."""
    for raw in recorded("cli-ntc", "cisco_nxos/show_inventory/*.raw"):
        rows = read("cisco_nxos", "show inventory", raw.read_text())
        assert any(isinstance(row, PartRow) and row.name == "Chassis" and row.serial for row in rows)
