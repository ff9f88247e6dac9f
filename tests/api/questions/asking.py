"""Every question there is, found by looking, and what each may be asked about a life."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from types import ModuleType
from typing import Any

from driftline.api import questions as of_the_program
from driftline.api.judging import records
from driftline.api.questions.changes import Wanted
from driftline.api.questions.findings import Sought
from driftline.api.questions.fulfilment import request_of
from driftline.config import Target
from driftline.diff.authority import authorities
from driftline.diff.policy import Policy
from driftline.diff.words import Change, Outcome, State, Verdict
from driftline.graph import questions as of_the_memory
from driftline.graph.model.change_records import Rfc, RfcVersion, ScopeBy, ScopeItem
from driftline.graph.model.ci_text import CiText
from driftline.graph.model.selector import Selector, selector
from driftline.graph.model.values import Key, Micros, Ms
from driftline.graph.questions.scan import scan
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Alias, Run, Settlement
from driftline.graph.store import Compare, Cond, Cursor, Direction, Store
from tests.api.questions.life import CUSTOMERS, FILTERS, LOGINS, SERVICES, Life
from tests.api.visits import HOUR, START
from tests.graph.questions.story import hidden

Question = Callable[..., Any]
NOBODY = Key("VirtualMachine.moref:none")
TEXTS = ("vm1", "VM2", "name*", *SERVICES, *CUSTOMERS, "nobody", "Shpo", "moref-7", "vm-3", "")
CLOSURES = ("in 2 of Service:Shop", "out 3 of Service:Mail", "out 2 RELIES_ON of Customer:ACME", "in 3 of vm2", "in")
POLICY = Policy()
TARGETS = tuple(
    Target(name=name, collector="vsphere", address="vc.example.com", credential="ro") for name in ("vc", "nowhere")
)


def questions() -> dict[str, Question]:
    """Every public function of both rooms of questions that looks into a store, by module and name."""
    found: dict[str, Question] = {}
    for room in (of_the_memory, of_the_program):
        for module in _modules(room):
            for name, function in inspect.getmembers(module, inspect.isfunction):
                mine = function.__module__ == module.__name__ and not name.startswith("_")
                if mine and "store" in inspect.signature(function).parameters:
                    found[f"{room.__name__.split('.')[1]}.{module.__name__.rpartition('.')[2]}.{name}"] = function
    return found


def _modules(room: ModuleType) -> Iterator[ModuleType]:
    for found in iter_modules(room.__path__, f"{room.__name__}."):
        yield import_module(found.name)


@dataclass
class Draw:
    """Arguments as a person might have them: of what is there, what was there, and what never was."""

    life: Life
    random: Random

    @cached_property
    def keys(self) -> list[Key]:
        """CIs that live, that ended, and one that never was."""
        return [*sorted({one.ci for one in records(self.life.store, Alias)}), NOBODY]

    @cached_property
    def named(self) -> dict[str, list[str]]:
        """Ids of records, one that never was among them."""
        kinds = ("Change", "Finding", "Run", "Rfc")
        return {kind: [*sorted(row.id for row in scan(self.life.store, kind)), "none"] for kind in kinds}

    @cached_property
    def versions(self) -> list[RfcVersion]:
        """Every content of every request."""
        return sorted(records(self.life.store, RfcVersion), key=lambda one: one.id)

    def ci(self) -> Key:
        """One CI."""
        return self.random.choice(self.keys)

    def cis(self) -> list[Key]:
        """Some CIs."""
        return self.random.sample(self.keys, min(4, len(self.keys)))

    def id(self, kind: str) -> str:
        """The id of a record."""
        return self.random.choice(self.named[kind])

    def ids(self, kind: str) -> list[str]:
        """Ids of records."""
        return self.random.sample(self.named[kind], min(5, len(self.named[kind])))

    def ms(self) -> Ms:
        """An instant of the life."""
        return Ms(self.random.randrange(START, self.life.now + HOUR))

    def at(self) -> Micros | None:
        """Now, or an instant from before the life to after it."""
        then = Micros(self.random.randrange(START - HOUR, self.life.now + HOUR) * 1000)
        return self.random.choice((None, then, then))

    def text(self) -> str:
        """What a person may type for a CI."""
        return self.random.choice((*TEXTS, self.ci()))

    def filter(self) -> Selector:
        """A filter."""
        return selector(self.random.choice(FILTERS), tuple(self.life.store.model.items))

    def scope(self) -> ScopeItem:
        """A line of a request that means CIs by what they are."""
        kind = self.random.choice(("VirtualMachine", "VirtualDisk", "Team"))
        return self.random.choice(
            (
                ScopeItem(ScopeBy.SELECTOR, self.random.choice(FILTERS)),
                ScopeItem(ScopeBy.CLOSURE, self.random.choice(CLOSURES)),
                ScopeItem(ScopeBy.CLASS, "", kind=kind),
            )
        )

    def source(self) -> str:
        """Who may have spoken."""
        run = self.random.choice(records(self.life.store, Run))
        return self.random.choice((run.source or "none", run.source or "none", "files", "none"))

    def run(self) -> str:
        """A visit, half of the time the newest: what others read was mostly read again since."""
        return self.random.choice((f"vc@{self.life.count}", self.id("Run")))

    def page(self, *cursors: Cursor) -> dict[str, Any]:
        """How long a page, and after what."""
        return {"limit": self.random.choice((1, 3, 50)), "after": self.random.choice((None, None, *cursors))}

    def judged(self) -> list[tuple[Change, Verdict | None]]:
        """Changes with their verdicts."""
        verdicts = {one.id: one for one in records(self.life.store, Verdict)}
        told = sorted(records(self.life.store, Change), key=lambda one: one.id)
        return [(one, verdicts.get(one.id)) for one in self.random.sample(told, min(3, len(told)))]

    def rfc(self) -> Rfc:
        """A request."""
        return self.random.choice(sorted(records(self.life.store, Rfc), key=lambda one: one.id))

    def authority(self) -> Any:  # noqa: ANN401 -- of the room of judgement
        """An approved content of a request; of a request without one, the next."""
        wanted = self.random.sample(all_ := sorted(records(self.life.store, Rfc), key=lambda one: one.id), len(all_))
        return next(one for rfc in wanted for one in authorities(request_of(self.life.store, rfc), POLICY))

    def wanted(self) -> Wanted:
        """Which changes."""
        some = self.random.choice
        return Wanted(
            cis=some(((), tuple(self.cis()))),
            kind=some((None, "VirtualMachine", "VirtualDisk")),
            verdict=some((None, None, *Outcome)),
            actors=some(((), (), ("p-alice",))),
            since=some((None, self.ms())),
        )

    def sought(self) -> Sought:
        """Which findings."""
        return Sought(self.random.choice((None, *State)), ci=self.random.choice((None, None, self.ci())))


Args = tuple[tuple[Any, ...], dict[str, Any]]
ASKED: Mapping[str, Callable[[Draw], Args]] = {
    "graph.binding.bind": lambda d: ((d.text(),), {"kind": d.random.choice(("", "Service"))}),
    "graph.binding.bind_all": lambda d: (([CiText(d.text()), CiText(d.text()), CiText("Shop", "Service")],), {}),
    "graph.collection.coverage": lambda d: ((), {"source": d.random.choice((None, d.source())), "known_at": d.at()}),
    "graph.collection.gaps": lambda d: ((), {"known_at": d.at()}),
    "graph.collection.last_visits": lambda d: ((d.random.choice(("vc", "people", "none")),), {"known_at": d.at()}),
    "graph.collection.run": lambda d: ((d.id("Run"),), {"known_at": d.at()}),
    "graph.collection.runs": lambda d: (
        (),
        {"target": d.random.choice((None, "vc", "people")), "known_at": d.at(), **d.page(Cursor(d.ms(), "vc@9"))},
    ),
    "graph.collection.visit": lambda d: ((d.run(),), {}),
    "graph.contacts.contacts": lambda d: ((d.cis(),), {"at": d.at()}),
    "graph.find_ci.find_ci": lambda d: ((d.text(),), {}),
    "graph.find_ci.the_one": lambda d: ((d.text(),), {}),
    "graph.history.difference": lambda d: ((d.ci(), Micros(d.ms() * 1000), d.at()), {}),
    "graph.history.history": lambda d: ((d.ci(),), {"since": d.at(), "until": d.at()}),
    "graph.identity.disputes": lambda d: (
        (),
        {"state": d.random.choice((None, *Settlement)), "known_at": d.at(), **d.page(Cursor(d.ms(), "d"))},
    ),
    "graph.identity.merge": lambda d: ((d.random.choice(("m1", "m2", "none")),), {"known_at": d.at()}),
    "graph.identity.merges": lambda d: ((), {"known_at": d.at(), **d.page(Cursor(d.ms(), "m"))}),
    "graph.impact.impact": lambda d: ((d.cis(),), {"at": d.at(), "limit": d.random.choice((3, 50_000))}),
    "graph.item.item": lambda d: ((d.ci(),), {"at": d.at()}),
    "graph.items.items": lambda d: ((d.filter(),), {"at": d.at(), **d.page(Cursor(d.ci(), d.ci()))}),
    "graph.names.names": lambda d: ((d.cis(),), {"at": d.at()}),
    "graph.names.read_all": lambda d: ((d.cis(),), {"at": d.at()}),
    "graph.neighbours.neighbours": lambda d: (
        (d.ci(),),
        {
            "directions": d.random.sample(list(Direction), d.random.choice((1, 2))),
            "types": d.random.choice(((), ("OWNED_BY", "RELIES_ON"))),
            "depth": d.random.choice((1, 3)),
            "at": d.at(),
        },
    ),
    "graph.people.people": lambda d: (([hidden(d.random.choice((*LOGINS, "x"))), hidden(LOGINS[0]), "anna"],), {}),
    "graph.switch_ports.switch_ports": lambda d: ((d.ci(),), {"at": d.at()}),
    "graph.population.all_of": lambda d: ((d.random.choice(("VirtualMachine", "Service", "Nic")),), {"at": d.at()}),
    "graph.population.everything_found": lambda d: (("Alias", [Cond("ci", Compare.EQ, d.ci())], "id"), {}),
    "graph.population.sites": lambda d: ((d.cis(),), {"at": d.at()}),
    "graph.scan.scan": lambda d: (
        ("Change", [Cond("ci", Compare.EQ, d.ci())]),
        {"order": "upper_ms", "known_at": d.at(), "page": d.random.choice((1, 7))},
    ),
    "graph.scope.meant": lambda d: ((d.scope(),), {"at": d.at()}),
    "graph.scope.resolved": lambda d: ((d.random.choice(d.versions), d.random.choice((None, d.ms()))), {}),
    "graph.selector.living": lambda d: ((d.filter(),), {"after": d.random.choice(("", d.ci()))}),
    "graph.selector.selected": lambda d: ((d.filter(),), {"at": d.at()}),
    "api.baselines.apart": lambda d: ((d.source(), POLICY, d.ms()), {}),
    "api.baselines.baseline": lambda d: ((d.source(), POLICY, d.ms()), {}),
    "api.baselines.baselines": lambda d: ((POLICY, d.ms()), {}),
    "api.baselines.first_complete": lambda d: ((d.source(),), {}),
    "api.baselines.newest": lambda d: ((d.source(),), {}),
    "api.baselines.sources": lambda _: ((), {}),
    "api.changes.changed": lambda d: (
        (d.ci(), d.ms()),
        {"depth": d.random.randrange(3), "limit": d.random.choice((2, 1_000)), "known_at": d.at()},
    ),
    "api.changes.changes": lambda d: ((d.wanted(),), {"known_at": d.at(), **d.page(Cursor(d.ms(), "c"))}),
    "api.changes.rows_of": lambda d: ((d.judged(),), {}),
    "api.changes.verdicts_of": lambda d: ((d.ids("Change"),), {"known_at": d.at()}),
    "api.explanation.explain": lambda d: ((d.id("Change"),), {"known_at": d.random.choice((None, d.at()))}),
    "api.findings.finding": lambda d: ((d.id("Finding"),), {"known_at": d.at()}),
    "api.findings.findings": lambda d: ((d.sought(),), {"known_at": d.at(), **d.page(Cursor(d.ms(), "f"))}),
    "api.findings.groups": lambda d: ((d.sought(),), {"known_at": d.at()}),
    "api.fulfilment.fulfilments": lambda d: ((request_of(d.life.store, d.rfc()), POLICY, d.ms()), {}),
    "api.fulfilment.judged": lambda d: ((d.authority(),), {}),
    "api.fulfilment.request_of": lambda d: ((d.rfc(),), {}),
    "api.fulfilment.sight": lambda d: ((d.authority(),), {}),
    "api.requests.request": lambda d: ((d.rfc(), POLICY, d.ms()), {}),
    "api.requests.request_named": lambda d: ((d.random.choice((d.rfc().number, d.id("Rfc"))),), {}),
    "api.requests.requests": lambda d: ((), {"known_at": d.at(), **d.page(Cursor("CHG-07", "rfc:itsm:7"))}),
    "api.requests.window_of": lambda d: ((d.random.choice((d.rfc().number, "none")),), {}),
    "api.targets.target": lambda d: ((d.random.choice(TARGETS),), {}),
    "api.targets.targets": lambda _: ((TARGETS,), {}),
}
"""What each question is asked, drawn anew for every asking. A question that is not here has no proof of equality."""


def answer(question: Question, viewer: Viewer, store: Store, asked: Args) -> Any:  # noqa: ANN401 -- of any question
    """The whole answer; what it refuses, as its refusal."""
    names = inspect.signature(question).parameters
    first = (viewer, store) if next(iter(names)).lstrip("_") == "viewer" else (store,)
    try:
        said = question(*first, *asked[0], **asked[1])
        return list(said) if isinstance(said, Iterator) else said
    except (LookupError, ValueError) as refusal:
        return type(refusal), str(refusal)


def says_something(said: Any) -> bool:  # noqa: ANN401 -- an answer
    """Whether an answer is more than nothing, an empty list or page, or a refusal."""
    if isinstance(said, tuple) and len(said) == 2 and isinstance(said[0], type):
        return False
    if is_dataclass(said):
        parts = [getattr(said, field.name) for field in fields(said)]
        return any(says_something(part) for part in parts)
    if isinstance(said, Mapping):
        return any(says_something(part) for part in said.values())
    if isinstance(said, Iterable) and not isinstance(said, str):
        return any(True for _ in said)
    return bool(said)
