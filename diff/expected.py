"""What platforms do by themselves, and how one knows: by the platform's own event, or by invariants that held.

Never by the name of an attribute alone: a person who moves a machine changes the same path as the balancer does.
Where an invariant is broken (the machine left its cluster), no event makes it expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftline.diff.words import ActorHow, Change

OTHER_CLUSTER = "other_cluster"
"""The object left the set of places that it is allowed to be in."""


@dataclass(frozen=True, slots=True)
class Automation:
    """One kind of thing a platform does: on which kinds and paths, by which events or under which invariants.

    ``evidence``: types of events that show it; every event of the change must be one of them. ``invariants``: facts
    that together show it, if nobody but the system acted; empty: only events do. ``never``: facts that rule it out.
    """

    name: str
    kinds: frozenset[str]
    paths: frozenset[str]
    evidence: frozenset[str]
    invariants: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset({OTHER_CLUSTER})
    notable: bool = False


VSPHERE: tuple[Automation, ...] = (
    Automation(
        name="move by DRS",
        kinds=frozenset({"VirtualMachine"}),
        paths=frozenset({"runs_on"}),
        evidence=frozenset({"DrsVmMigratedEvent"}),
        invariants=frozenset({"drs_enabled", "same_cluster"}),
    ),
    Automation(
        name="restart by HA",
        kinds=frozenset({"VirtualMachine"}),
        paths=frozenset({"runs_on", "power"}),
        evidence=frozenset({"VmRestartedOnAlternateHostEvent", "com.vmware.vc.ha.VmRestartedByHAEvent"}),
        invariants=frozenset({"host_lost", "same_cluster"}),
        notable=True,
    ),
)


def expected(change: Change, facts: frozenset[str], automations: Sequence[Automation] = VSPHERE) -> Automation | None:
    """The automation that explains a change, if the evidence or the invariants for it are there."""
    return next((one for one in automations if _explains(one, change, facts)), None)


def _explains(one: Automation, change: Change, facts: frozenset[str]) -> bool:
    if change.ci_kind not in one.kinds or change.path not in one.paths or one.never & facts:
        return False
    if change.event_types and one.evidence.issuperset(change.event_types):
        return True
    return bool(one.invariants) and one.invariants <= facts and change.actor_how is ActorHow.SYSTEM
