"""Linux with FRR: iproute2, lldpd and vtysh, in JSON where they have it. Needs the groups frrvty and _lldpd."""

from __future__ import annotations

import re
from collections.abc import Iterator

from driftline.collectors.network.cli.asking import CliAsk, CliPlatform, Reader
from driftline.collectors.network.cli.cells import configuration
from driftline.collectors.network.cli.jsons import Json, by_json, listed, said, whole
from driftline.collectors.network.cli.neighbours import heard_lldp
from driftline.collectors.network.cli.rows import (
    AddressRow,
    DeviceRow,
    InterfaceRow,
    NotThere,
    NotUnderstood,
    RouteCount,
    Row,
    VlanRow,
)
from driftline.collectors.network.cli.texts import refused
from driftline.graph.model.identity import mac
from driftline.graph.model.neighbours import ArpRow, Station

LINK_SCOPE = "link"
_WITHOUT_FRR = re.compile(r"\A\S{0,80}: (?:line \d+: )?(?:vtysh: (?:command )?not found|/etc/frr/\S+: No such file)")


def release(text: str) -> tuple[Row, ...]:
    """``/etc/os-release``: ``PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"``."""
    pairs = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    if refused(text) or "PRETTY_NAME" not in pairs:
        raise NotUnderstood("no PRETTY_NAME")
    return (DeviceRow(version=pairs["PRETTY_NAME"].strip('"')),)


def name(text: str) -> tuple[Row, ...]:
    """``uname -n``."""
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,255}\s*", text):
        raise NotUnderstood("not one word")
    return (DeviceRow(name=text.strip()),)


def addresses(shown: Json) -> Iterator[Row]:
    """``[{"ifname", "operstate", "mtu", "address", "ifalias", "addr_info": [{"local", "prefixlen", "scope"}]}]``."""
    for one in listed(shown):
        if not one:  # iproute2 leaves an empty object where a link went away meanwhile
            continue
        port, link, descr = one["ifname"], said(one.get("operstate")), said(one.get("ifalias"))
        yield InterfaceRow(port, link, descr, mac(one.get("address", "")), whole(one.get("mtu")))
        for found in one.get("addr_info", ()):
            if "local" in found and found.get("scope") != LINK_SCOPE:
                yield AddressRow(port, f"{found['local']}/{found['prefixlen']}")


def neighbours(shown: Json) -> Iterator[Row]:
    """``json0`` of lldpd, all in lists: ``{"lldp": [{"interface": [{"name", "chassis", "port"}]}]}``."""
    for one in (one for outer in shown["lldp"] for one in outer.get("interface", ())):
        if one.get("via", "LLDP") != "LLDP":
            continue
        chassis, port = one["chassis"][0], one["port"][0]
        ids, end = chassis["id"][0], port["id"][0]
        yield heard_lldp(
            one["name"],
            (ids["type"], ids["value"]),
            (end["type"], end["value"]),
            port_descr=_value(port, "descr"),
            name=_value(chassis, "name"),
            addresses=tuple(found["value"] for found in chassis.get("mgmt-ip", ())),
        )


def _value(holder: Json, key: str) -> str | None:
    found = holder.get(key) or [{}]
    return said(found[0].get("value"))


def learned(shown: Json) -> Iterator[Row]:
    """``[{"mac", "ifname", "vlan", "state"}]``; permanent entries are the bridge's own."""
    for one in listed(shown):
        found = mac(one.get("mac", ""))
        if found and one.get("state") != "permanent":
            yield Station(one["ifname"], found, whole(one.get("vlan")))


def vlans(shown: Json) -> Iterator[Row]:
    """``[{"ifname", "vlans": [{"vlan", "vlanEnd"}]}]``."""
    ranges = [
        (found["vlan"], found.get("vlanEnd", found["vlan"])) for one in listed(shown) for found in one.get("vlans", ())
    ]
    return (VlanRow(number) for number in sorted({n for start, end in ranges for n in range(start, end + 1)}))


def arp(shown: Json) -> Iterator[Row]:
    """``[{"dst", "dev", "lladdr"}]``; entries without an address were asked for and not answered."""
    for one in listed(shown):
        found = mac(one.get("lladdr", ""))
        if found:
            yield ArpRow(one["dev"], one["dst"], found)


def routes(shown: Json) -> Iterator[Row]:
    """FRR: ``{"routesTotal": 12}``."""
    yield RouteCount("default", int(shown["routesTotal"]))


def of_frr(read: Reader) -> Reader:
    """A reader of what only a router has; most machines have no FRR, and nothing is wrong with that."""

    def found(text: str) -> tuple[Row, ...]:
        if _WITHOUT_FRR.match(text):
            raise NotThere("there is no FRR")
        return read(text)

    return found


platform = CliPlatform(
    "linux",
    (
        CliAsk("uname -n", name),
        CliAsk("cat /etc/os-release", release),
        CliAsk("ip -j address show", by_json(addresses)),
        CliAsk("lldpcli -f json0 show neighbors details", by_json(neighbours)),
        CliAsk("bridge -j fdb show", by_json(learned)),
        CliAsk("bridge -j vlan show", by_json(vlans)),
        CliAsk("ip -j neigh show", by_json(arp)),
        CliAsk("vtysh -c 'show ip route summary json'", of_frr(by_json(routes))),
        CliAsk("vtysh -c 'show running-config'", of_frr(configuration("end")), "running"),
        CliAsk("cat /etc/frr/frr.conf", of_frr(configuration()), "startup"),
    ),
)
