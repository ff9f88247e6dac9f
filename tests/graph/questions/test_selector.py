"""Filters by which requests name CIs, and what they select."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.graph.model.kinds import KINDS
from driftline.graph.model.selector import How, SelectorError, around, selector
from driftline.graph.questions.population import sites
from driftline.graph.questions.selector import selected
from driftline.graph.questions.viewer import Viewer
from tests.graph.questions.conftest import Estate

ALL = Viewer.everything()
NAMES = tuple(kind.kind for kind in KINDS)


@pytest.fixture
def small(estate: Estate) -> Estate:
    """A host in Berlin with two machines, one machine without a place, a vCenter in Hamburg."""
    k = estate.keys
    k["vc"] = estate.add("VCenter", "instance_uuid:v", name="vc")
    k["ber1"], k["ham1"] = estate.add("Site", "name:ber1", name="ber1"), estate.add("Site", "name:ham1", name="ham1")
    k["host"] = estate.add("HypervisorHost", "moref:v/host-1", name="esx1")
    k["web1"] = estate.add("VirtualMachine", "moref:v/vm-1", name="web-1", tags=("env/prod", "tier/web"))
    k["web2"] = estate.add("VirtualMachine", "moref:v/vm-2", name="web-2", tags=("env/test",))
    k["db"] = estate.add("VirtualMachine", "moref:v/vm-3", name="a,b&c")
    k["disk"] = estate.add("VirtualDisk", f"device_key:{k['web1']}/2000", label="Hard disk 1")
    k["odd"] = estate.add("VirtualMachine", "moref:v/vm-4")
    estate.join(k["vc"], "LOCATED_AT", k["ham1"])
    estate.join(k["host"], "LOCATED_AT", k["ber1"])
    estate.join(k["host"], "MANAGED_BY", k["vc"])
    for name in ("web1", "web2", "db"):
        estate.join(k[name], "MANAGED_BY", k["vc"])
    estate.join(k["web1"], "RUNS_ON", k["host"])
    estate.join(k["web2"], "RUNS_ON", k["host"])
    estate.join(k["disk"], "PART_OF", k["web1"])
    return estate


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("kind=virtual_machine&name.starts=web-", {"web1", "web2"}),
        ("name=web-1,web-2", {"web1", "web2"}),
        ("kind=VirtualMachine&name.contains=-2,-1", {"web1", "web2"}),
        ("kind=VirtualMachine&tag=env/prod", {"web1"}),
        ("kind=VirtualMachine&tag.ne=env/prod", {"web2", "db", "odd"}),
        ("kind=VirtualMachine&tag.null=true", {"db", "odd"}),
        ("kind=VirtualMachine&name.null=true", {"odd"}),
        ("kind=VirtualMachine&name=a%2Cb%26c", {"db"}),
        ("kind=VirtualMachine&site=ber1", {"web1", "web2"}),
        ("kind=VirtualMachine,VirtualDisk&site=ber1&tag.ne=env/test", {"web1", "disk"}),
        ("kind=VirtualMachine&site=ham1", {"db"}),
        ("site=ber1&kind.ne=VirtualMachine,Site", {"host", "disk"}),
        ("kind=VirtualMachine&kind=Site", set()),
        ("site=nowhere", set()),
    ],
)
def test_filter_selects(small: Estate, text: str, meant: set[str]) -> None:
    """Comma or, keys and; over kind, name, site, tag. A CI stands where the nearest thing under it stands."""
    found = selected(ALL, small.store, selector(text, NAMES))

    assert found == tuple(sorted(small.keys[name] for name in meant))


def test_set_at_an_instant_is_that_of_the_instant(small: Estate) -> None:
    """Resolved as of approved_at: later machines are not in it, ended and renamed ones still are."""
    web = selector("kind=VirtualMachine&name.starts=web-", NAMES)
    before = small.hand.write()
    small.end(small.keys["web1"])
    small.rename(small.keys["web2"], "web-2", "other")
    new = small.add("VirtualMachine", "moref:v/vm-9", name="web-9")

    assert selected(ALL, small.store, web) == (new,)
    assert selected(ALL, small.store, web, at=before) == (small.keys["web1"], small.keys["web2"])


def test_place_of_a_thing_that_has_none_is_not_guessed(small: Estate) -> None:
    """No site is no site."""
    found = sites(ALL, small.store, [small.keys["odd"], small.keys["disk"], small.keys["vc"]])

    assert found == {small.keys["disk"]: "ber1", small.keys["vc"]: "ham1"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "selects everything"),
        ("?&", "selects everything"),
        ("class=VirtualMachine", 'no key "class"; there are kind, name, site, tag'),
        ("name", "has no value; write name=VALUE"),
        ("name=,", "has no value"),
        ("name.cidr=10.0.0.0/8", 'no operator "cidr"'),
        ("name.null=maybe", ".null is true or false"),
        ("kind=Server2", 'no kind "Server2"'),
    ],
)
def test_bad_filter_is_refused(text: str, why: str) -> None:
    """An unknown filter is refused, never ignored: dropping a condition would widen what was approved."""
    with pytest.raises(SelectorError, match=why.replace(".", r"\.").replace("?", r"\?")):
        selector(text, NAMES)


@given(text=st.text(alphabet="kindamesitgcols.=&,%2C?VWeb1/-", max_size=40))
def test_any_text_is_a_filter_or_is_refused(text: str) -> None:
    """Reading is total: a selector with at least one condition, or SelectorError."""
    try:
        found = selector(text, NAMES)
    except SelectorError:
        return
    assert found.conditions
    assert all(c.values for c in found.conditions if c.how is not How.NULL)


@pytest.mark.parametrize(
    "text", ["ds1", "up 2 of ds1", "in 0 of ds1", "in 17 of ds1", "in 2 SITS_ON of ds1", "in 2 of ", "in 2 RUNS_ON ds1"]
)
def test_bad_closure_is_refused(text: str) -> None:
    """closure(root, edge types, direction, depth)."""
    with pytest.raises(SelectorError):
        around(text, ("RUNS_ON",))
