"""What a request's scope means in CIs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftline.graph.model.change_records import ExpectedChange, RfcState, RfcType, RfcVersion, ScopeBy, ScopeItem
from driftline.graph.model.values import Key, Micros, Ms
from driftline.graph.questions.binding import bind_all
from driftline.graph.questions.scope import bound, meant, resolved, texts_of
from driftline.graph.questions.viewer import Viewer
from tests.graph.questions.conftest import Estate

ALL = Viewer.everything()
WEB = ScopeItem(ScopeBy.SELECTOR, "kind=VirtualMachine&name.starts=web-")


def version(*scope: ScopeItem, expected: tuple[ExpectedChange, ...] = ()) -> RfcVersion:
    """A version with a scope."""
    return RfcVersion(
        id="rfc:f:1@1",
        rfc="rfc:f:1",
        valid_from_ms=Ms(1),
        material_hash="h",
        type=RfcType.NORMAL,
        state=RfcState.SCHEDULED,
        scope=scope,
        expected=expected,
    )


def vm(estate: Estate, number: int, name: str) -> Key:
    """A machine of vCenter v."""
    return estate.add("VirtualMachine", f"moref:v/vm-{number}", name=name)


def bind_version(estate: Estate, one: RfcVersion) -> RfcVersion:
    """Bind as the pipeline does."""
    return bound(one, bind_all(ALL, estate.store, texts_of(one)))


def now(estate: Estate) -> Ms:
    """The current millisecond of the estate; what is written next comes later."""
    clock = estate.hand.write()
    at = Ms(clock // 1000 + 1)
    # one batch at the next millisecond's end separates what was from what comes
    estate.hand.write(at=Micros(at * 1000 + 999))
    return at


def test_texts_become_cis(estate: Estate) -> None:
    """Scope, the parent of a new CI, and the CI of an expected line are bound."""
    web, cluster = vm(estate, 1, "web-1"), estate.add("Cluster", "moref:v/c-1", name="prod")
    one = version(
        ScopeItem(ScopeBy.CI, "web-1", kind="VirtualMachine"),
        ScopeItem(ScopeBy.NEW, "Cluster:prod", kind="VirtualMachine", pattern="web-*"),
        expected=(ExpectedChange("cpu_count", ci=Key("VirtualMachine:web-1")), ExpectedChange("memory_mb")),
    )

    done = bind_version(estate, one)
    assert [(i.cis, i.parent, i.unresolved) for i in done.scope] == [((web,), None, ""), ((), cluster, "")]
    assert [line.ci for line in done.expected] == [web, None]
    assert bind_version(estate, done) == done


def test_unbound_line_says_why_and_means_nothing(estate: Estate) -> None:
    """An unbound item makes the RFC scope_unresolved; ambiguous ones bind nothing."""
    twins = sorted((vm(estate, 1, "twin"), vm(estate, 2, "twin")))
    vm(estate, 3, "web-1")
    one = version(
        ScopeItem(ScopeBy.CI, "VirtualMachine:twin"),
        ScopeItem(ScopeBy.CI, "VirtualMachine:web-l"),
        expected=(ExpectedChange("cpu_count", ci=Key("VirtualMachine:web-l")),),
    )

    done = bind_version(estate, one)
    assert [i.cis for i in done.scope] == [(), ()]
    assert [i.unresolved for i in done.scope] == [
        f'"VirtualMachine:twin" may be any of {", ".join(twins)}',
        '"VirtualMachine:web-l" is no known CI',
    ]
    assert done.expected[0].ci == Key("VirtualMachine:web-l")


def test_bound_line_stays_bound_when_its_text_no_longer_binds(estate: Estate) -> None:
    """A text that becomes ambiguous later must not take an approval away."""
    web = vm(estate, 1, "web-1")
    done = bind_version(estate, version(ScopeItem(ScopeBy.CI, "VirtualMachine:web-1")))
    vm(estate, 2, "web-1")

    again = bind_version(estate, done)
    assert again.scope[0].cis == (web,)
    assert again.scope[0].unresolved == ""


def test_filter_is_resolved_as_of_the_approval(estate: Estate) -> None:
    """ci(c) in the set as resolved at approval: a machine that comes later is not approved, one that went is."""
    one, two = vm(estate, 1, "web-1"), vm(estate, 2, "web-2")
    approved = now(estate)
    three = vm(estate, 3, "web-3")
    estate.end(one)

    done = resolved(ALL, estate.store, version(WEB), approved)
    assert (done.scope[0].cis, done.scope[0].assumed) == ((one, two), False)
    before = resolved(ALL, estate.store, version(WEB), None)
    assert before.scope[0].cis == (two, three)


def test_filter_approved_before_the_estate_was_read_is_assumed(estate: Estate) -> None:
    """Else resolved at the first complete read with SCOPE_ASSUMED, and then it stays."""
    approved = now(estate)
    one = vm(estate, 1, "web-1")

    first = resolved(ALL, estate.store, version(WEB), approved)
    assert (first.scope[0].cis, first.scope[0].assumed) == ((one,), True)
    vm(estate, 2, "web-2")
    assert resolved(ALL, estate.store, version(WEB), approved, known=first).scope == first.scope


def test_filter_that_meant_nothing_then_means_nothing_now(estate: Estate) -> None:
    """Once the estate is known an empty set is an answer, not a gap to fill."""
    vm(estate, 1, "db-1")
    approved = now(estate)
    vm(estate, 2, "web-2")

    item = resolved(ALL, estate.store, version(WEB), approved).scope[0]
    assert (item.cis, item.assumed, item.unresolved) == ((), False, "means no known CI")


@pytest.mark.parametrize(
    ("item", "names"),
    [
        (ScopeItem(ScopeBy.CLASS, "Datastore", kind="Datastore"), {"ds"}),
        (ScopeItem(ScopeBy.CLOSURE, "in 1 STORED_ON of Datastore:ds1"), {"ds", "vm"}),
        (ScopeItem(ScopeBy.CLOSURE, "in 2 of Datastore:ds1"), {"ds", "vm", "service"}),
        (ScopeItem(ScopeBy.CLOSURE, "out 1 of VirtualMachine:web-1"), {"ds", "vm"}),
    ],
)
def test_class_and_closure_mean_their_cis(estate: Estate, item: ScopeItem, names: set[str]) -> None:
    """class:<cls> | closure(root, edge types, direction, depth): the root is in it."""
    cis = {"ds": estate.add("Datastore", "moref:v/ds-1", name="ds1"), "vm": vm(estate, 1, "web-1")}
    cis["service"] = estate.add("Service", "name:shop", name="shop")
    estate.join(cis["vm"], "STORED_ON", cis["ds"])
    estate.join(cis["service"], "RELIES_ON", cis["vm"])

    assert meant(ALL, estate.store, item) == tuple(sorted(cis[name] for name in names))
    assert resolved(ALL, estate.store, version(item), None).scope[0].cis == meant(ALL, estate.store, item)


def test_closure_without_a_root_says_why(estate: Estate) -> None:
    """Nothing is guessed."""
    item = ScopeItem(ScopeBy.CLOSURE, "in 2 of Datastore:ds9")

    done = resolved(ALL, estate.store, version(item), None).scope[0]
    assert done == replace(item, unresolved='"Datastore:ds9" is no known CI')
