"""A long random life of a small estate on any store: visits through noise, files of people, requests and their ends.

It is what the pipeline makes of it, so records stand in it as a year of use would leave them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from driftline.api.pipeline import take_in
from driftline.api.visit.context import row_of
from driftline.api.visit.order import Order
from driftline.diff.policy import Policy
from driftline.diff.words import Baseline, Waiver
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Revocation,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.declare import Record, Ref
from driftline.graph.model.observed import MEMBERSHIP, Coverage, Link, Part, SourceIs, Status
from driftline.graph.model.people import Criticality, Customer, Person, Service, Site, Team
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import Dispute, IdentityDispute, Merge, Settlement
from driftline.graph.store import Batch, PersonRow
from tests.api.visits import HOUR, UUIDS, vcenter
from tests.graph.contract.history import seeded
from tests.graph.questions.story import hidden
from tests.story.simulation import DISK, FIELDS, NUMBERS, VM, Noise, Simulation

LOGINS = ("LAB\\anna", "LAB\\ben", "LAB\\cleo")
SERVICES, CUSTOMERS, TEAMS, SITES = (
    ("Shop", "Intranet", "Mail"),
    ("ACME", "Umbrella"),
    ("Operations", "Web"),
    ("b", "h"),
)
REQUESTS = 30
FILE_KINDS = ("Site", "Team", "Person", "Service", "Customer")
FILE_LINKS = ("owned_by", "located_at", "supported_by")
FILTERS = (
    "kind=VirtualMachine",
    f"kind={VM}&name.starts=vm",
    "name.contains=name",
    "site=b,h",
    "tag.null=true&kind=Team",
)


@dataclass
class Life(Simulation):
    """The estate of the simulation, with people and requests around it. Equal seeds live equal lives."""

    random: Random = field(default_factory=lambda: seeded(5))
    number: int = 0

    def step(self) -> None:
        """One thing that happens."""
        self.number += 1
        drawn = self.random.random()
        if drawn < 0.08 and self.count:
            self._people()
        elif drawn < 0.18 and self.count:
            self._request()
        elif drawn < 0.22 and self._ids("Rfc"):
            self._decide()
        else:
            for number in range(self.random.choice((0, 0, 1, 2))):
                what = self.random.choice((*FIELDS, *FIELDS, "disk", "life"))
                self._do(self.random.choice(NUMBERS), what, self._instant(number))
            self.visit(self._noise())

    @property
    def now(self) -> Ms:
        """The present."""
        return Ms(self.clock[0] // 1000)

    def _noise(self) -> Noise:
        some = self.random.random
        return Noise(
            scopes=frozenset((self.random.choice((VM, DISK)),) if some() < 0.1 else ()),
            failed=some() < 0.05,
            hidden=frozenset((self.random.choice(NUMBERS),) if some() < 0.1 else ()),
            withheld=frozenset({(self.random.choice(NUMBERS), self.random.choice(FIELDS))} if some() < 0.2 else ()),
            feed=some() < 0.8,
        )

    def _tick(self) -> Ms:
        """Half a minute after whatever was last, always between two visits."""
        self.clock[0] += 30_000_000
        return self.now

    # people

    def _people(self) -> None:
        now = self._tick()
        order = Order(
            run=f"people@{self.number}",
            target="people",
            collector="files",
            capture=f"{self.number:064x}",
            started_ms=now,
            ended_ms=now,
            policy=Policy(),
            pseudonym=hidden,
            judged=False,
        )
        take_in(order, self._people_parts(now), self.store, self.lease)
        login, said = self.random.choice(LOGINS), self.random.choice(("Anna Berg", "Ben Ünal", None))
        row = PersonRow(hidden(login), self.random.choice(("name", "phone", "mail")), said)
        self._write(persons=(row,))

    def _people_parts(self, now: Ms) -> Iterator[Part]:
        persons = [Ref("Person", "pseudonym", (hidden(login),)) for login in LOGINS]
        teams = [Ref("Team", "name", (name,)) for name in TEAMS]
        services = [Ref("Service", "name", (name,)) for name in SERVICES]
        machines = [Ref("Item", "key", (key,)) for key in self._ids(VM)]
        yield SourceIs("files")
        yield from (Site(name=name) for name in SITES)
        yield from (Team(name=name, contact=self.random.choice(("+49 30 1", None))) for name in TEAMS)
        yield from (Person(pseudonym=one.values[0], team=self.random.choice(teams)) for one in persons)
        for service in services:
            yield Service(
                name=service.values[0],
                criticality=self.random.choice(list(Criticality)),
                relies_on=tuple(self.random.sample(machines, min(2, len(machines)))),
                owner=self.random.choice(persons),
                support=self.random.choice(teams),
            )
        for name in CUSTOMERS:
            yield Customer(name=name, services=tuple(self.random.sample(services, 2)))
        for machine in machines:
            yield Link(machine, "OWNED_BY", self.random.choice((*persons, *teams)))
        yield Link(vcenter("a"), "LOCATED_AT", Ref("Site", "name", (self.random.choice(SITES),)))
        for kind, group in [
            *((k, g) for k in FILE_KINDS for g in (MEMBERSHIP, "config")),
            *(("Item", g) for g in FILE_LINKS),
        ]:
            yield Coverage(kind, group, Status.COMPLETE, 1, now, now)

    # requests

    def _request(self) -> None:
        now, machines = self._tick(), [Key(id_) for id_ in self._ids(VM)]
        rfc = self._rfc()
        lines = [ScopeItem(ScopeBy.CI, key, (key,)) for key in machines]
        lines.append(ScopeItem(ScopeBy.SELECTOR, self.random.choice(FILTERS), tuple(machines)))
        value = self.random.choice((None, None, "8"))
        version = RfcVersion(
            id=f"{rfc.id}@{now}",
            rfc=rfc.id,
            valid_from_ms=now,
            material_hash=f"{now}",
            type=self.random.choice(list(RfcType)),
            state=self.random.choice((RfcState.SCHEDULED, RfcState.IMPLEMENT, RfcState.CLOSED)),
            title=f"Work of {rfc.number}",
            requester=hidden(self.random.choice(LOGINS)),
            opened_ms=now,
            windows=(Window(now, Ms(now + self.random.randrange(1, 6) * HOUR)),),
            scope=tuple(self.random.sample(lines, self.random.randrange(1, len(lines) + 1))),
            expected=(ExpectedChange(self.random.choice((*FIELDS, "*")), value=value),),
        )
        approval = Approval(
            id=f"approval:{rfc.number}:{now}",
            rfc=rfc.id,
            approver=hidden(self.random.choice(LOGINS)),
            decision=self.random.choice((Decision.APPROVED, Decision.APPROVED, Decision.REJECTED)),
            decided_ms=now,
            material_hash=version.material_hash,
        )
        self._write(records=(row_of(rfc), row_of(version), row_of(approval)))

    def _rfc(self) -> Rfc:
        number = self.random.randrange(REQUESTS)
        return Rfc(id=f"rfc:itsm:{number}", source="itsm", source_id=str(number), number=f"CHG-{number:02}")

    # what people decide

    def _decide(self) -> None:
        now, number = self._tick(), self.number
        who, source = hidden(self.random.choice(LOGINS)), f"vcenter:{UUIDS['a']}"
        one = Key(self.random.choice(self._ids(VM) + self._ids("Service")))
        key = Key(f"VirtualMachine.instance_uuid:{number}")
        told: list[Record] = [
            Baseline(id=f"baseline:{number}", source=source, as_of_ms=now, signed_by=who, signed_ms=now, note="seen"),
            Waiver(id=f"w{number}", ci=one, path="name", authority=who, after_ms=now, until_ms=Ms(now + HOUR)),
            IdentityDispute(
                id=f"d{number}",
                about=self.random.choice((Dispute.CONTRADICTION, Dispute.SHARED)),
                cis=(one,),
                keys=(key,),
                source="itsm",
                opened_ms=now,
                state=self.random.choice(list(Settlement)),
            ),
            Merge(
                id=f"m{number % 5}",
                kept=one,
                absorbed=one,
                aliases=(key,),
                reason="test",
                by=who,
                at_ms=now,
                undone_ms=now,
            ),
            Revocation(id=f"r{number}", rfc=self.random.choice(self._ids("Rfc")), at_ms=now, reason="withdrawn"),
        ]
        self._write(records=tuple(row_of(one) for one in self.random.sample(told, 3)))

    def _ids(self, kind: str) -> list[str]:
        return sorted(row.id for row in self.store.find(kind))

    def _write(self, **parts: object) -> None:
        at, name = self.lease.now(), f"life/{self.number}/{'-'.join(parts)}"
        batch = Batch(id=name, at=at, run=name, source="itsm", fence=self.lease.fence, **parts)  # type: ignore[arg-type]  # fields of a batch
        assert self.store.apply(batch)
