"""What fails with a datastore or a host: machines, services, customers, and whom to call (decision D41)."""

from __future__ import annotations

from pathlib import Path

from driftline.graph.model.links import Impact
from driftline.graph.questions.impact import Hit, ImpactOf, impact
from driftline.graph.store import LinkId
from tests.graph.contract.conftest import SqlitePlace
from tests.graph.contract.estate import Hand
from tests.graph.questions.story import ALL, SOURCE, Story, told


def of(story: Story, name: str) -> ImpactOf:
    """The impact of one CI."""
    return impact(ALL, story.store, [story.ci(name)])


def named(hits: tuple[Hit, ...], kind: str) -> list[str]:
    """Names of the hits of a kind."""
    return [hit.name for hit in hits if hit.kind == kind]


def steps(hit: Hit) -> list[str]:
    """The path as text, the first step at the start."""
    return [f"{s.dependent_name} {s.type} {s.supplier_name}: {s.rule.value}" for s in hit.path]


def test_impact_of_a_datastore_names_what_and_who_is_behind_it(story: Story) -> None:
    """`impact` on a datastore names VMs, services, customers and owners with the shortest path."""
    found = of(story, "ds-gold")

    assert named(found.items, "VirtualMachine") == ["db-01", "web-01"]
    assert [(s.name, s.criticality) for s in found.services] == [("Shop", "crown_jewel"), ("Intranet", "low")]
    assert steps(found.customers[0]) == [
        "db-01 STORED_ON ds-gold: hard",
        "Shop RELIES_ON db-01: hard",
        "ACME BUYS Shop: hard",
    ]
    assert {(c.name, c.role, c.of_name, c.reach) for c in found.contacts} == {
        ("Anna Berg", "owner", "db-01", ("+49 30 1",)),
        ("Anna Berg", "owner", "Shop", ("+49 30 1",)),
        ("Operations", "support", "Shop", ("+49 30 999",)),
    }
    assert {(c.kind, c.hit, c.spared) for c in found.counts} >= {("VirtualMachine", 2, 0), ("HypervisorHost", 2, 2)}
    assert found.sites == ("ber1",)
    assert not found.truncated


def test_impact_of_a_host_names_what_runs_on_it_and_nothing_else(story: Story) -> None:
    """`impact` on a host: its machines and what relies on them; machines of another host are not hit."""
    found = of(story, "esx1.example.com")

    assert named(found.items, "VirtualMachine") == ["db-01"]
    assert [s.name for s in found.services] == ["Shop"]
    assert [c.name for c in found.customers] == ["ACME"]
    assert steps(found.services[0]) == ["db-01 RUNS_ON esx1.example.com: hard", "Shop RELIES_ON db-01: hard"]


def test_impact_of_the_server_underneath_reaches_further(story: Story) -> None:
    """The path grows by one step for the machine under the hypervisor."""
    found = of(story, "SRV0001")

    assert steps(found.services[0])[0] == "esx1.example.com RUNS_ON SRV0001: hard"
    assert found.services[0].distance == 3


def test_what_hangs_on_something_redundant_is_told_apart(story: Story) -> None:
    """A dependent reached only over a redundant link may be spared; one that a hard path reaches is not."""
    found = of(story, "ds-iron")
    host = next(hit for hit in found.items if hit.name == "esx1.example.com")
    machine = next(hit for hit in found.items if hit.name == "db-01")

    assert (host.spared, host.path[0].rule) == (True, Impact.REDUNDANT)
    assert machine.spared
    assert len([h for h in found.items if not h.spared]) == 0
    assert not next(hit for hit in of(story, "ds-gold").items if hit.name == "db-01").spared


def test_informational_links_carry_no_impact(story: Story) -> None:
    """The loss of a site or a team is no loss of what stands there or is owned by it."""
    assert of(story, "Site:ber1").items == ()
    assert of(story, "Team:Operations").services == ()


def test_a_cut_answer_says_so(story: Story) -> None:
    """At the limit the result is marked truncated, never silently cut."""
    found = impact(ALL, story.store, [story.ci("ds-gold")], limit=3)

    assert found.truncated
    assert sum(count.hit for count in found.counts) == 2


def test_a_cycle_ends(tmp_path: Path) -> None:
    """Two things that need each other are each hit by the other once."""
    story = told(SqlitePlace(tmp_path))
    gold, iron = story.ci("ds-gold"), story.ci("ds-iron")
    with story.store.lease("test") as lease:
        Hand(story.store, lease).write(
            open=(LinkId(gold, "STORED_ON", iron, SOURCE), LinkId(iron, "STORED_ON", gold, SOURCE))
        )
    found = of(story, "ds-gold")
    story.store.close()

    assert [hit.name for hit in found.items if hit.kind == "Datastore"] == ["ds-iron"]
