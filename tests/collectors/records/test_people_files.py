"""People, teams, services, customers, sites, and who answers for which CI, from files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from driftline.collectors.records.files import People
from driftline.graph.model.ci_text import CiText
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Coverage, Link, Observation, SourceIs, Status
from driftline.graph.model.people import Criticality, Customer, Person, Service, Site, Team
from driftline.graph.model.pseudonym import pseudonym
from driftline.graph.model.values import Key, Ms

Read = Callable[..., People]

FILES = {
    "sites.csv": "name,address\nber1,Main Street 1\n",
    "teams.csv": "name,contact\nStorage,+49 30 1\n",
    "people.csv": "login,other_logins,name,mail,phone,team\nLAB\\alice,asmith;root-a,Alice Smith,a@x.org,12,Storage\n",
    "services.csv": (
        "name,criticality,relies_on,owner,support,site\n"
        "shop,crown_jewel,VirtualMachine:web01;Datastore:ds1;ghost,asmith,Storage,ber1\n"
    ),
    "customers.csv": "name,services\nACME,shop\n",
    "owners.csv": "ci,kind,owner,support,site\nesx1,hypervisor_host,team:Storage,Storage,ber1\nghost,,alice@lab,,\n",
}
WEB, DS, ESX = Key("VirtualMachine.x:1"), Key("Datastore.x:1"), Key("HypervisorHost.x:1")
BOUND = {
    CiText("VirtualMachine:web01"): WEB,
    CiText("Datastore:ds1"): DS,
    CiText("esx1", "HypervisorHost"): ESX,
}
ALICE = pseudonym(b"site", "alice@lab")
READ = Ms(1_000)


def known(ci: Key) -> Ref:
    """The agreed reference to a CI that another source describes."""
    return Ref("Item", "key", (ci,))


def test_everything_described_becomes_items(people: Read) -> None:
    """People, teams, services (criticality, relies_on, owner, support team, site), customers, sites."""
    seen = Observation.gather(people(FILES, full=True).parts(BOUND, READ))

    alice = Ref("Person", "pseudonym", (ALICE,))
    storage, ber1 = Ref("Team", "name", ("Storage",)), Ref("Site", "name", ("ber1",))
    assert seen.source == SourceIs("itsm")
    assert seen.items == [
        Site(name="ber1", address="Main Street 1"),
        Team(name="Storage", contact="+49 30 1"),
        Person(
            pseudonym=ALICE,
            also=(pseudonym(b"site", "asmith"), pseudonym(b"site", "root-a")),
            login="LAB\\alice",
            name="Alice Smith",
            mail="a@x.org",
            phone="12",
            team=storage,
        ),
        Service(
            name="shop",
            criticality=Criticality.CROWN_JEWEL,
            relies_on=(known(DS), known(WEB)),
            owner=alice,
            support=storage,
            site=ber1,
        ),
        Customer(name="ACME", services=(Ref("Service", "name", ("shop",)),)),
    ]
    assert seen.links == [
        Link(known(ESX), "OWNED_BY", storage),
        Link(known(ESX), "SUPPORTED_BY", storage),
        Link(known(ESX), "LOCATED_AT", ber1),
    ]


def test_ci_that_is_not_bound_is_said_and_makes_no_link(people: Read) -> None:
    """Two hits bind nothing and near names only suggest: an unbound text is shown, never guessed."""
    read = people(FILES)
    seen = Observation.gather(read.parts(BOUND, READ))

    assert set(read.texts) == {*BOUND, CiText("ghost")}
    assert [(u.ask, u.place, u.why) for u in seen.unread] == [
        ("owners.csv", "3: ci", '"ghost" is no known CI, or several'),
        ("services.csv", "2: relies_on", '"ghost" is no known CI, or several'),
    ]


def test_only_a_full_export_says_who_is_gone(people: Read) -> None:
    """A full-export flag lets missing ids mean deletion; a file that was not given says nothing at all."""
    part = {name: FILES[name] for name in ("teams.csv", "people.csv")}

    def membership(full: bool) -> dict[str, Status]:  # noqa: FBT001 -- the one thing that varies
        parts = people(part, full=full).parts({}, READ)
        return {p.kind: p.status for p in parts if isinstance(p, Coverage) and p.group == "membership"}

    assert membership(full=True) == {"Team": Status.COMPLETE, "Person": Status.COMPLETE}
    assert membership(full=False) == {"Team": Status.PARTIAL, "Person": Status.PARTIAL}


def test_links_have_a_coverage_of_their_own(people: Read) -> None:
    """OWNED_BY, SUPPORTED_BY, LOCATED_AT of CIs end only when a complete list lacks them, each of its texts a CI."""

    def groups(bound: Mapping[CiText, Key]) -> dict[str, tuple[Status, int]]:
        parts = people(FILES, full=True).parts(bound, READ)
        return {p.group: (p.status, p.count) for p in parts if isinstance(p, Coverage) and p.kind == "Item"}

    complete, partial = Status.COMPLETE, Status.PARTIAL
    whole = groups(BOUND | {CiText("ghost"): Key("VirtualMachine:ghost")})
    assert whole == {"owned_by": (complete, 2), "supported_by": (complete, 1), "located_at": (complete, 1)}
    assert {status for status, _ in groups(BOUND).values()} == {partial}


def test_document_says_the_same_as_the_files(people: Read) -> None:
    """Or one JSON of the same kind."""
    document = {
        "version": 1,
        "sites": [{"name": "ber1", "address": "Main Street 1"}],
        "teams": [{"name": "Storage", "contact": "+49 30 1"}],
        "people": [
            {
                "login": "LAB\\alice",
                "other_logins": ["asmith", "root-a"],
                "name": "Alice Smith",
                "mail": "a@x.org",
                "phone": "12",
                "team": "Storage",
            }
        ],
        "services": [
            {
                "name": "shop",
                "criticality": "crown_jewel",
                "relies_on": ["VirtualMachine:web01", "Datastore:ds1", "ghost"],
                "owner": "asmith",
                "support": "Storage",
                "site": "ber1",
            }
        ],
        "customers": [{"name": "ACME", "services": ["shop"]}],
        "owners": [
            {"ci": "esx1", "kind": "HypervisorHost", "owner": "team:Storage", "support": "Storage", "site": "ber1"},
            {"ci": "ghost", "owner": "alice@lab"},
        ],
    }
    one = Observation.gather(people({"people.json": json.dumps(document)}).parts(BOUND, READ))
    other = Observation.gather(people(FILES).parts(BOUND, READ))

    assert (one.items, one.links, one.coverage) == (other.items, other.links, other.coverage)


def test_personal_fields_stay_out_of_what_is_kept(people: Read) -> None:
    """No login or name in any item, record or error text (D26)."""
    read = people(FILES)

    kept = repr([item.values() for item in read.items] + [p for p in read.parts(BOUND, READ) if not hasattr(p, "kept")])
    assert not [said for said in ("alice", "asmith", "root-a", "Smith", "a@x.org") if said in kept]
