"""Which CI a person means: exactly one, or none."""

from __future__ import annotations

from typing import Any

import pytest

from driftline.graph.model.ci_text import CiText
from driftline.graph.model.values import Key
from driftline.graph.questions.binding import Ambiguous, Bound, By, Unbound, bind, bind_all
from driftline.graph.questions.viewer import Viewer
from tests.graph.questions.conftest import Estate

ALL = Viewer.everything()
VC, VC2 = "a0000000-0000-4000-8000-000000000001", "a0000000-0000-4000-8000-000000000002"
VM = "b0000000-0000-4000-8000-000000000001"


@pytest.fixture
def small(estate: Estate) -> Estate:
    """Two vCenters, a few machines, a host on a server, a datastore."""
    k = estate.keys
    k["vc"] = estate.add("VCenter", f"instance_uuid:{VC}", source=VC, instance_uuid=VC, name="vc.example.com")
    k["vc2"] = estate.add("VCenter", f"instance_uuid:{VC2}", source=VC2, instance_uuid=VC2, name="vc2.example.com")
    born = f"instance_uuid:{k['vc']}/{VM}"
    k["web"] = estate.add("VirtualMachine", born, f"instance_uuid_anywhere:{VM}", f"moref:{VC}/vm-1", name="web01")
    k["dup1"] = estate.add("VirtualMachine", f"moref:{VC}/vm-2", name="twin")
    k["dup2"] = estate.add("VirtualMachine", f"moref:{VC2}/vm-2", name="twin")
    k["server"] = estate.add("Server", "vendor_serial:Dell/ABC1234", vendor="Dell", serial="ABC1234")
    k["host"] = estate.add("HypervisorHost", f"server:{k['server']}/", f"moref:{VC}/host-1", name="esx1.lab")
    k["store"] = estate.add("Datastore", f"moref:{VC}/datastore-1", name="web01")
    k["ber1"] = estate.add("Site", "name:ber1", name="ber1")
    estate.join(k["host"], "LOCATED_AT", k["ber1"])
    estate.join(k["dup1"], "RUNS_ON", k["host"])
    return estate


@pytest.mark.parametrize(
    ("text", "kind", "site", "meant", "by"),
    [
        ("VirtualMachine:web01", "", "", "web", By.NAME),
        ("virtual_machine: web01", "", "", "web", By.NAME),
        ("web01", "VirtualMachine", "", "web", By.NAME),
        ("Datastore:web01", "", "", "store", By.NAME),
        ("HypervisorHost:ESX1.lab.", "", "", "host", By.NAME),
        ("ABC1234", "", "", "server", By.NAME),
        ("Dell/ABC1234", "", "", "server", By.IDENTITY),
        (VM.upper(), "", "", "web", By.IDENTITY),
        (VM.replace("-", ""), "VirtualMachine", "", "web", By.IDENTITY),
        ("vm-1@vc.example.com", "", "", "web", By.LOCATOR),
        (f"vm-2@{VC2}", "VirtualMachine", "", "dup2", By.LOCATOR),
        ("host-1@vc.example.com", "", "", "host", By.LOCATOR),
        ("VirtualMachine:twin", "", "ber1", "dup1", By.NAME),
    ],
)
def test_text_binds(small: Estate, text: str, kind: str, site: str, meant: str, by: By) -> None:
    """Order: id -> serial/UUID -> exact name within class and site -> aliases."""
    assert bind(ALL, small.store, text, kind=kind, site=site) == Bound(small.keys[meant], by)


def test_key_binds_as_it_is_printed(small: Estate) -> None:
    """The connector's id map: a CI's own key, and every other key of it."""
    web = small.keys["web"]

    assert bind(ALL, small.store, web) == Bound(web, By.KEY)
    assert bind(ALL, small.store, f"VirtualMachine.moref:{VC}/vm-1") == Bound(web, By.KEY)
    assert isinstance(bind(ALL, small.store, web, kind="Datastore"), Unbound)


def test_two_hits_bind_nothing(small: Estate) -> None:
    """Two hits are ambiguous and bind nothing, within a kind and across kinds."""
    assert bind(ALL, small.store, "VirtualMachine:twin") == Ambiguous(
        tuple(sorted((small.keys["dup1"], small.keys["dup2"]))), By.NAME
    )
    assert isinstance(bind(ALL, small.store, "web01"), Ambiguous)


@pytest.mark.parametrize("name", ["web1", "Web01", "web01x", "web-01"])
def test_near_name_is_only_suggested(small: Estate, name: str) -> None:
    """A near-name match may only be suggested; it must never bind by itself."""
    assert bind(ALL, small.store, f"VirtualMachine:{name}") == Unbound(("web01",))


@pytest.mark.parametrize(
    "text", ["", ":", "VirtualMachine:", "@", "vm-1@", "@vc.example.com", "x" * 2_000, "vm-1@nowhere"]
)
def test_odd_text_binds_nothing(small: Estate, text: str) -> None:
    """Nothing is guessed."""
    assert isinstance(bind(ALL, small.store, text), Unbound)


def test_name_of_an_ended_or_renamed_machine_still_binds(small: Estate) -> None:
    """A request read after its machine was removed or renamed still covers that change: no wrong accusation."""
    web = small.keys["web"]
    small.rename(web, "web01", "web09")
    assert bind(ALL, small.store, "VirtualMachine:web01") == Bound(web, By.FORMER_NAME)
    assert bind(ALL, small.store, "VirtualMachine:web09") == Bound(web, By.NAME)

    small.end(web)
    assert bind(ALL, small.store, "VirtualMachine:web09") == Bound(web, By.FORMER_NAME)
    assert bind(ALL, small.store, VM) == Bound(web, By.IDENTITY)

    heir = small.add("VirtualMachine", f"moref:{VC}/vm-9", name="web09")
    assert bind(ALL, small.store, "VirtualMachine:web09") == Bound(heir, By.NAME)


class Counted:
    """A store that counts the questions it is asked."""

    def __init__(self, store: object) -> None:
        self.inner, self.calls = store, 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the store has
        self.calls += name in {"find", "read", "links", "sightings", "revisions", "closure"}
        return getattr(self.inner, name)


def test_thousands_of_texts_cost_as_many_calls_as_one(small: Estate) -> None:
    """Lookups must be a handful of store calls for thousands of texts."""
    few, many = Counted(small.store), Counted(small.store)
    known = [
        CiText("VirtualMachine:web01"),
        CiText(VM),
        CiText("vm-1@vc.example.com"),
        CiText("nobody", "VirtualMachine"),
    ]
    bind_all(ALL, few, known)

    found = bind_all(ALL, many, [*known, *(CiText(f"vm{n}", "VirtualMachine") for n in range(3_000))])
    assert many.calls <= few.calls + 5
    assert found[known[0]] == Bound(Key(small.keys["web"]), By.NAME)
    assert sum(isinstance(one, Bound) for one in found.values()) == 3
