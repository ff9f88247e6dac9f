"""Cases for the laws of judging: one change and requests built *around* it, on dense integer times.

Independent draws would almost never authorise anything, and laws would hold in vain. So windows, approvals and
freezes reuse the very ends of the change's interval, and a law asserts how often each verdict occurs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from driftline.diff.authority import Request
from driftline.diff.book import Book
from driftline.diff.policy import OnEdit, Policy, Who
from driftline.diff.predicates import Circumstances
from driftline.diff.verdict import judge
from driftline.diff.words import ActorHow, Change, Grade, Mark, Outcome, Verdict
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Freeze,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.values import Key, Ms
from tests.diff import world

T = TypeVar("T")

EXAMPLES = 200
"""Cases per law; the run over mutants sets its own number before it loads the laws."""
PHASES: Sequence[Phase] = (Phase.explicit, Phase.generate, Phase.shrink)

OWNER = Key("cluster-1")
POLICY = Policy(
    version="laws",
    linger_ms=3,
    raise_limit_ms=10,
    review_term_ms=20,
    unmeasured_error_ms=1,
    longest_window_ms=200,
    broad_scope=1,
    who_by_criticality={},
)
EARLY, LATE = 10, 200
FATES = ("cancelled", "closed", "revoked", "withdrawn", "hold", "widened", "reapproved")


def law(test: Callable[..., None]) -> Callable[..., None]:
    """Run a law on enough cases, the same ones every time."""
    return settings(
        max_examples=EXAMPLES,
        phases=PHASES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )(test)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that judging takes."""

    change: Change
    requests: tuple[Request, ...]
    freezes: tuple[Freeze, ...]
    policy: Policy
    known: int
    around: Circumstances

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ANN401, FBT001 -- hypothesis calls it so
        """What a failing law shows; left alone, hypothesis prints every declaration behind the records."""
        told = [repr(body(self.change)), f"{self.policy.who} {self.known=}", *(repr(body(f)) for f in self.freezes)]
        for one in self.requests:
            told += [repr(body(fact)) for fact in (*one.versions, *one.approvals, *one.revocations)]
        printer.text("..." if cycle else "\n  ".join(["Case", *told]))

    def verdict(self, **other: Any) -> Verdict:  # noqa: ANN401 -- any field of the case
        """Judge the case, or the case with something else in it."""
        case = replace(self, **other)
        book = Book.of(case.requests, case.freezes, case.policy)
        found = judge(case.change, book, case.policy, case.known, case.around)
        assert found is not None
        return found

    @property
    def span(self) -> tuple[int, int]:
        """When the change happened."""
        return self.change.lower_ms, self.change.upper_ms

    def within(self, lower: int, upper: int) -> Change:
        """The same change, known to lie in another interval."""
        return replace(self.change, lower_ms=Ms(lower), upper_ms=Ms(upper))


class Maker:
    """Draws the parts of one case. ``pick`` takes one of several options, repeated to weigh them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lower = draw(st.integers(40, 60))
        self.upper = self.lower + self.pick((1, 2, 3, 5, 8, 12))
        self.inside = draw(st.integers(self.lower, self.upper))
        near = {self.lower + by for by in (-20, -5, -1, 0, 1)} | {self.upper + by for by in (-1, 0, 1, 5, 20)}
        self.edges = sorted(near | {self.inside})
        self.who: Sequence[Who] = tuple(Who)
        self.unsure = False

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.draw(st.integers(0, len(options) - 1))]

    def change(self) -> Change:
        """The change: mostly by alice, sometimes by nobody known, rarely unfit to be judged."""
        sure = (*((ActorHow.NAMED, "alice", ("alice",)),) * 5, (ActorHow.NAMED, "boss", ("boss",)))
        how, actor, candidates = self.pick(
            (
                *(() if self.unsure else sure),
                (ActorHow.UNKNOWN, None, ()),
                (ActorHow.UNKNOWN, None, ()),
                (ActorHow.POSSIBLE, None, ("alice",)),
                (ActorHow.AMBIGUOUS, None, ("alice", "bob")),
                (ActorHow.AMBIGUOUS, None, ("bob", "mallory")),
                (ActorHow.SYSTEM, "system", ()),
            )
        )
        marks, types, kind = self.pick(
            (
                *(((), (), "cpu_count"),) * 20,
                ((Mark.UNSETTLED,), (), "cpu_count"),
                ((), ("DrsVmMigratedEvent",), "runs_on"),
            )
        )
        said = {"actor": actor, "actor_how": how, "candidates": candidates, "marks": marks, "event_types": types}
        grade = self.pick((Grade.EVENT, Grade.POLL))
        return world.change(self.lower, self.upper, **said, path=kind, grade=grade, owners=(OWNER,))

    def window(self, fate: str) -> tuple[Window, ...]:
        """Approved time: around the interval, over a part of it, anywhere, far away, or none."""
        a, b = sorted((self.pick(self.edges), self.pick(self.edges)))
        ends = {
            "covers": (
                self.pick((self.lower, self.lower - 1, self.lower - 5)),
                self.pick((self.upper, self.upper + 5)),
            ),
            "left": (self.lower - 5, self.inside),
            "right": (self.inside, self.upper + 5),
            "any": (a, b),
            "far": (self.upper + 30, self.upper + 40),
        }
        return (Window(Ms(ends[fate][0]), Ms(ends[fate][1])),) if fate in ends else ()

    def approved_at(self) -> int | None:
        """When somebody approved, if anybody did: mostly in time."""
        times = (*(EARLY,) * 9, self.lower, self.inside, self.upper, self.upper + 2, LATE)
        return self.pick((*times, None))

    def scope(self, approved: int) -> tuple[ScopeItem, ...]:
        """Mostly the changed CI; also a selector, an owner, another CI, or the CI added too late."""
        on = world.on
        return self.pick(
            (
                *((on(world.VM),),) * 6,
                (on(world.VM, world.OTHER, by=ScopeBy.SELECTOR),),
                (on(OWNER),),
                (on(world.OTHER),),
                (on(world.VM, added_ms=Ms(approved + 1)),),
            )
        )

    def expected(self) -> tuple[ExpectedChange, ...]:
        """Mostly nothing in particular; else the right or the wrong path or value."""
        lists = world.lists
        right = (lists("cpu_count"), lists("cpu_count", "8"), lists("virtual_machine/cpu_count"))
        return self.pick((*((),) * 2, *right, lists("memory_mb"), lists("cpu_count", "16")))

    def request(self, number: str) -> Request:
        """A request around the change, whatever became of it."""
        type_ = self.pick((RfcType.NORMAL, RfcType.NORMAL, RfcType.NORMAL, RfcType.EMERGENCY, RfcType.STANDARD))
        approved = self.approved_at()
        if type_ is RfcType.EMERGENCY:
            approved = self.pick((None, None, self.upper + 2, self.upper + 30, EARLY))
        first = world.version(
            number,
            2,
            type=type_,
            state=RfcState.ASSESS if approved is None else RfcState.SCHEDULED,
            opened_ms=self.pick((None, *map(Ms, (5, 5, self.lower - 3, self.upper, self.upper + 3, LATE)))),
            windows=self.window(
                self.pick(("covers", "covers", "covers", "left", "right", "any", "any", "far", "none"))
            ),
            scope=self.scope(approved or EARLY),
            expected=self.expected(),
            implementers=self.pick(((), (), (), ("alice",), ("bob",), ("alice", "bob"))),
            requester=self.pick(("rita", "rita", "boss")),
            quorum=self.pick((1, 1, 1, 2)),
            retro_declared=self.pick((False, False, False, True)),
        )
        approvals = self._approvals(number, approved, first.quorum)
        if type_ is RfcType.STANDARD:
            entered = self.pick((EARLY, EARLY, self.lower, self.inside, self.upper + 2))
            first = replace(first, template_approved_ms=Ms(1), valid_from_ms=Ms(entered), id=f"{number}@{entered}")
            approvals = ()
        fate = self.pick((*("",) * 8, *FATES))
        return self._fate(fate, world.request(first, number=number, approvals=approvals), first)

    def _approvals(self, number: str, approved: int | None, quorum: int) -> tuple[Approval, ...]:
        if approved is None:
            return ()
        people = [("boss", approved), ("cab", approved), ("boss", approved)]
        return tuple(world.approval(at, who, number=number) for who, at in people[: self.pick((quorum, quorum, 1))])

    def _fate(self, fate: str, request: Request, first: RfcVersion) -> Request:
        """What happened to the request afterwards."""
        number, at = request.rfc.number, max(self.pick((*self.edges, LATE)), first.valid_from_ms + 1)
        decided = max((one.decided_ms for one in request.approvals), default=first.valid_from_ms)
        wide = (Window(Ms(self.lower - 5), Ms(self.upper + 5)),)
        later = replace(first, id=f"{number}@{at}", valid_from_ms=Ms(at))
        wider = replace(later, windows=wide, scope=(world.on(world.VM),), material_hash="h2")
        after = max(at, decided + 1)
        again = (world.approval(after, "cab", number=number, content="h2"),)
        back = world.approval(after, "boss", number=number, decision=Decision.WITHDRAWN)
        fates = {
            "cancelled": lambda: replace(request, versions=(first, replace(later, state=RfcState.CANCELLED))),
            "closed": lambda: replace(request, versions=(first, replace(later, state=RfcState.CLOSED))),
            "revoked": lambda: replace(request, revocations=(world.revocation(at, number=number),)),
            "withdrawn": lambda: replace(request, approvals=(*request.approvals, back)),
            "hold": lambda: replace(request, versions=self._held(first, later)),
            "widened": lambda: replace(request, versions=(first, wider)),
            "reapproved": lambda: replace(
                request, versions=(first, wider), approvals=(*request.approvals, *again[: wider.quorum == 1])
            ),
        }
        return fates[fate]() if fate else request

    def _held(self, first: RfcVersion, later: RfcVersion) -> tuple[RfcVersion, ...]:
        over = later.valid_from_ms + self.pick((1, 3, 20))
        held, freed = replace(later, on_hold=True), replace(later, id=f"{later.id}+", valid_from_ms=Ms(over))
        return (first, held, freed)

    def spoilt(self) -> tuple[Request, ...]:
        """A request as it should be, to which one thing happened."""
        first = world.version("S1", 2, windows=self.window("covers"))
        good = world.request(first, number="S1", approvals=(world.approval(EARLY, number="S1"),))
        return (self._fate(self.pick(FATES), good, first),)

    def crossed(self) -> tuple[Request, ...]:
        """A window that ends before the approval comes, both inside the interval: no instant is authorised."""
        first = world.version("X1", 2, windows=self.window("left"))
        return (world.request(first, number="X1", approvals=(world.approval(self.inside, number="X1"),)),)

    def blind(self) -> tuple[Request, ...]:
        """A request as it should be that names implementers, under evidence that may not say who it was."""
        first = world.version("B1", 2, windows=self.window("covers"), implementers=("alice",))
        self.who = (Who.REQUIRE, Who.REQUIRE, Who.DENY)
        self.unsure = True
        return (world.request(first, number="B1", approvals=(world.approval(EARLY, number="B1"),)),)

    def joint(self) -> tuple[Request, ...]:
        """Two requests of which neither need cover the interval alone."""
        left, right = self.window("left"), self.window("right")
        parts = (world.version("J1", 2, windows=left), world.version("J2", 2, windows=right))
        return tuple(
            world.request(part, number=f"J{n}", approvals=(world.approval(EARLY, number=f"J{n}"),))
            for n, part in enumerate(parts, 1)
        )

    def emergency(self) -> tuple[Request, ...]:
        """An emergency raised around the change that nobody approved yet."""
        opened = self.pick((self.lower - 3, self.inside, self.upper + 3))
        raised = world.version(
            "E1", 2, type=RfcType.EMERGENCY, state=RfcState.IMPLEMENT, opened_ms=Ms(opened), windows=()
        )
        return (world.request(raised, number="E1", approvals=()),)

    def freezes(self) -> tuple[Freeze, ...]:
        """Mostly none; else around or over a part of the interval, sometimes declared late, lifted, or exempting."""
        spans = ((self.lower - 1, self.upper + 1), (self.lower, self.inside), (self.inside, self.upper))
        after, until = self.pick(spans)
        said: dict[str, Any] = self.pick(
            (
                {},
                {"declared_ms": Ms(self.inside)},
                {"declared_ms": Ms(self.upper)},
                {"declared_ms": Ms(self.upper + 2)},
                {"lifted_ms": Ms(self.inside)},
                {"exempt_types": ("normal", "emergency", "standard")},
                {"scope": (world.on(world.OTHER),)},
            )
        )
        return self.pick(((), (), (), (world.freeze(after, until, **said),)))

    def around(self) -> Circumstances:
        """Mostly nothing; else the change puts back the baseline after an unauthorised one."""
        undone = world.judged(world.change(1, 2, id="before", actor=None, actor_how=ActorHow.UNKNOWN))
        back = Circumstances(baseline="8", baseline_known=True, undoes=undone)
        plain = Circumstances(facts=frozenset())
        return self.pick((*(plain,) * 13, back))


@st.composite
def cases(draw: st.DrawFn, edit: OnEdit = OnEdit.KEEP) -> Case:
    """A change, up to three requests in any order, freezes, policy and the instant of knowing."""
    make = Maker(draw)
    aimed = (make.joint, make.emergency, *(make.spoilt,) * 4, make.crossed, make.blind)
    requests = make.pick((*(lambda: (),) * 9, *aimed))()
    change = make.change()
    requests += tuple(
        make.request(f"CHG{n}") for n in range(make.pick((0, 1, 1, 1, 2, 3) if not requests else (0, 0, 1)))
    )
    return Case(
        change,
        tuple(draw(st.permutations(requests))),
        make.freezes(),
        replace(POLICY, who=make.pick(make.who), material_edit=edit),
        make.pick((make.upper + 1, make.upper + 10, make.upper + 60, 500)),
        make.around(),
    )


AUTHORISED = frozenset({Outcome.AUTHORISED, Outcome.UNPROVEN, Outcome.OUT_OF_WINDOW})
