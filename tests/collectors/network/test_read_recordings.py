"""Walks of production devices, some of them broken, read over the wire and straight from their rows."""

from __future__ import annotations

import asyncio

import pytest

from driftline.collectors.network.observe import observe
from driftline.collectors.network.snmp import Patience, Treatment
from driftline.collectors.network.snmp.recorded import read_lines, recorded_text
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.graph.model.observed import Observation, Status
from tests.collectors.network.removals import removed
from tests.collectors.network.visiting import visit
from tests.collectors.network.walks import asked_lines, recorded, seen
from tests.recorded import ABSENT, DATA

FOLDER = DATA / "snmp-recordings"
WALKS = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.snmprec*"))
NONE = pytest.param("", marks=pytest.mark.skip(reason=f"{ABSENT}: {FOLDER}"))
PATIENT = Treatment(patience=Patience(seconds=2, retries=2))

KNOWN = {
    "cloud/arista-dcs-7150s-52-cl": ("net:arista/JPE15151458", "arista_eos", 59),
    "network/appliance/cisco-unknown-01": ("net:cisco/SMG1151NLQS", "cisco_ios", 459),
    "network/firewall/fortinet-xcu": ("net:fortinet/FGT3KD3Z16800461", "fortinet", 26),
    "network/firewall/paloalto-pa-5000": ("net:palo alto/0009C100761", "paloalto_panos", 46),
    "network/router/huawei-s5720": ("net:huawei/210235956210F7000410", "huawei", 39),
    "network/router/juniper-mx960-12-3r6-6": ("net:juniper/JN11FCEC5AFA", "juniper_junos", 74),
    "network/router/juniper-mx960-16-1r6-7-a": ("net:juniper/JN11F7072AFA", "juniper_junos", 91),
    "network/switch/brocade-ds-5100b": ("net:brocade/ALM2534F019", "brocade_fc", 46),
    "network/switch/cisco-c3750": ("net:cisco/FDO1622Y10H", "cisco_ios", 19),
    "network/switch/cisco-n5000": ("net:cisco/SSI183706KP", "cisco_nxos", 61),
    "network/switch/dlink-des3200": ("net:9c:d6:43:fc:e2:c0", None, 23),
    "network/switch/h3c-e528-1": ("net:h3c/210235A0GKC158000929", "hh3c", 31),
    "network/switch/hpe-procurve-516733-b21": ("net:hp/3C421900TX", "hp_procurve", 40),
    "network/switch/huawei-s12704": ("net:huawei/2102114480P0J7000105", "huawei", 56),
    "network/switch/zte-zrx10": ("net:74:4a:a4:1f:f3:80", None, 221),
    "network/wifi/aruba-7210": ("net:aruba/BJ0002326", None, 22),
    "os/linux/ibm-x3550-m3": ("net:target/sw1", "linux", 6),
}
"""Source, platform and number of ports whose name is theirs alone, read out of the walks by hand."""


@pytest.mark.parametrize("name", WALKS or [NONE])
def test_a_recorded_device_is_read(name: str) -> None:
    """Every one yields a device with its ports; what the wire loses is covered, so that nothing looks removed."""
    recording = read_lines(asked_lines(recorded_text(FOLDER / name)), walk=False)
    straight = seen(recorded(recording), target="sw1")
    over_the_wire = asyncio.run(_visited(ReplayAgent(recording)))

    for found in (straight, over_the_wire):
        device = [one.values() for one in found.items if one.kind == "NetworkDevice"]
        ports = [one for one in found.items if one.kind == "Interface"]
        source, platform, count = KNOWN.get(name.partition(".")[0], ("net:target/sw1", None, len(ports)))
        assert found.source is not None
        assert found.source.id == source
        assert [one.get("platform") for one in device] == [platform]
        assert len(ports) == count > 0
    assert removed(straight, over_the_wire) == []
    open_scopes = {row.kind for row in over_the_wire.coverage if row.status is not Status.COMPLETE}
    assert open_scopes <= {"StaticRoute"}, "only a table of over 10,000 routes is not asked"


async def _visited(agent: ReplayAgent) -> Observation:
    await agent.start()
    try:
        done = await visit(agent, treatment=PATIENT)
    finally:
        agent.close()
    assert done.error is None
    return Observation.gather(observe(done.capture))
