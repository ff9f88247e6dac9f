"""Who did it and when, by the source's own events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.diff.attribution import Attribution, CiEvent, Sought, attribute
from driftline.diff.words import ActorHow, Grade
from driftline.graph.model.change_records import Op
from driftline.graph.model.observed import Act, Clock, FeedCoverage, Gap, Named
from driftline.graph.model.values import Ms
from tests.diff.world import OTHER, POLICY, VM

EXACT = Clock(0, 0)
WHOLE = FeedCoverage(Ms(0), Ms(1_000))
HOLED = FeedCoverage(Ms(0), Ms(1_000), (Gap(Ms(104), Ms(105), "retention"),))


def event(at: int = 105, actor: str = "alice", id_: str = "e1", **said: Any) -> CiEvent:  # noqa: ANN401 -- any field
    """An event that names the path of the change."""
    defaults: dict[str, Any] = {"names": (Named("cpu_count"),), "complete": True}
    return CiEvent(
        id_, at, said.pop("ci", VM), "VmReconfiguredEvent", said.pop("act", Act.CHANGED), actor, **(defaults | said)
    )


def found(*events: CiEvent, feed: FeedCoverage | None = WHOLE, clock: Clock | None = EXACT) -> Attribution:
    """What these events say of cpu_count becoming 8 in (100, 110]."""
    return attribute(Sought(VM, "cpu_count", Op.SET, "8", (100, 110)), events, feed, clock, POLICY)


VAGUE: dict[str, Any] = {"names": (), "complete": False, "can_change": ("cpu_count",)}
TASK: dict[str, Any] = {"names": (), "complete": False}


def test_an_event_that_names_the_path_names_the_actor_and_the_time() -> None:
    """Rank 1 narrows to its event."""
    told = found(event())
    assert (told.how, told.actor, told.span, told.grade) == (ActorHow.NAMED, "alice", (104, 106), Grade.EVENT)
    assert (told.events, told.why, told.types) == (("e1",), "event names the path", ("VmReconfiguredEvent",))


def test_the_clock_of_the_source_widens_the_event() -> None:
    """Narrowed to the event by our clock, and never beyond the polled interval."""
    assert found(event(205), clock=Clock(100, 3)).span == (101, 109)
    assert found(event(), clock=None).span == (100, 110)


def test_an_event_of_a_session_names_the_actor_and_dates_no_more_than_the_session() -> None:
    """Somebody left configuration mode at 105; the change was made before, at any time of the session."""
    told = found(event(session_ms=3, **VAGUE))
    assert (told.how, told.actor, told.span) == (ActorHow.NAMED, "alice", (101, 109))
    assert found(event(session_ms=50, **VAGUE)).span == (100, 110)
    assert found(event(115, session_ms=50, **VAGUE)).how is ActorHow.UNKNOWN, "a candidate is one by its own instant"


def test_what_is_missing_is_said_in_the_words_of_the_reader() -> None:
    """No log was read: which one it would have been is said."""
    told = attribute(Sought(VM, "alias", Op.SET, "8", (100, 110)), [], None, EXACT, POLICY, "no syslog was received")
    assert (told.how, told.why) == (ActorHow.UNKNOWN, "no syslog was received")


def test_the_best_rank_that_has_any_decides() -> None:
    """A typed event outranks one that may have changed it."""
    told = found(event(103, "bob", "e2", **VAGUE), event(105, "alice", typed=True))
    assert (told.actor, told.events) == ("alice", ("e1",))


@pytest.mark.parametrize(
    ("people", "how", "actor"),
    [
        (("alice",), ActorHow.NAMED, "alice"),
        (("alice", "alice"), ActorHow.NAMED, "alice"),
        (("alice", "bob"), ActorHow.AMBIGUOUS, None),
        (("", "vpxd-extension-1"), ActorHow.SYSTEM, "system"),
        (("com.vmware.vcIntegrity", "bob"), ActorHow.NAMED, "bob"),
    ],
)
def test_people_count_and_machines_do_not(people: tuple[str, ...], how: ActorHow, actor: str | None) -> None:
    """One human at the best rank is named, several are ambiguous, none is the system."""
    told = found(*(event(105, who, f"e{n}") for n, who in enumerate(people)))
    assert (told.how, told.actor) == (how, actor)
    assert told.candidates == tuple(sorted({who for who in people if who in {"alice", "bob"}}))


def test_a_chain_leads_to_the_person_behind_the_machine() -> None:
    """An automatic step with a human task behind it is that human's."""
    assert found(event(actor="", automatic=True, human="alice")).actor == "alice"


def test_several_events_date_to_their_hull() -> None:
    """Several matching events without values: the hull of their intervals."""
    assert found(event(103), event(107, id_="e2")).span == (102, 108)


def test_of_several_the_one_that_gives_the_value_counts() -> None:
    """An event that tells of this very value explains it better than one that does not."""
    told = found(event(103, "bob", "e2"), event(105, names=(Named("cpu_count", "4", "8"),)))
    assert (told.actor, told.span) == ("alice", (104, 106))


@pytest.mark.parametrize("vague", [VAGUE, TASK])
def test_a_vague_event_counts_only_where_none_can_be_missing(vague: dict[str, Any]) -> None:
    """D9: ranks 3 and 4 narrow and name only in a gapless feed; else the actor is possible and nobody's fault."""
    sure = found(event(**vague))
    assert (sure.how, sure.span, sure.grade) == (ActorHow.NAMED, (104, 106), Grade.EVENT)
    for feed in (HOLED, None, FeedCoverage(Ms(101), Ms(1_000)), FeedCoverage(Ms(0), Ms(109))):
        unsure = found(event(**vague), feed=feed)
        assert (unsure.how, unsure.actor, unsure.candidates) == (ActorHow.POSSIBLE, None, ("alice",))
        assert (unsure.span, unsure.grade) == ((100, 110), Grade.POLL)


def test_an_event_that_lists_all_it_changed_is_no_candidate_for_the_rest() -> None:
    """Parsed fully and not naming the path: it was not this event."""
    told = found(event(names=(Named("memory_mb"),), can_change=("*",)))
    assert (told.how, told.why) == (ActorHow.UNKNOWN, "no such event")


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        (None, "events were not read"),
        (WHOLE, "no such event"),
        (HOLED, "gap in the event feed: retention"),
        (FeedCoverage(Ms(105), Ms(1_000)), "events of that time were not read"),
    ],
)
def test_an_unknown_actor_has_a_reason(feed: FeedCoverage | None, why: str) -> None:
    """Nobody: unknown, and why."""
    told = found(event(ci=OTHER), event(300), feed=feed)
    assert (told.how, told.why, told.span) == (ActorHow.UNKNOWN, why, (100, 110))


def test_an_event_that_tells_of_this_change_at_another_time_is_a_conflict() -> None:
    """Empty intersection: the polled interval stays, flagged."""
    told = found(event(300, names=(Named("cpu_count", "4", "8"),)))
    assert (told.conflict, told.span) == (True, (100, 110))
    assert not found(event(300)).conflict


@pytest.mark.parametrize(("op", "act"), [(Op.CREATE, Act.CREATED), (Op.DELETE, Act.REMOVED)])
def test_coming_and_going_is_told_by_its_own_events(op: Op, act: Act) -> None:
    """Creation and removal events date and name without a path."""
    came = event(names=(), complete=False, act=act)
    told = attribute(Sought(VM, "", op, None, (100, 110)), [came], None, EXACT, POLICY)
    assert (told.how, told.span) == (ActorHow.NAMED, (104, 106))


@given(
    true_at=st.integers(101, 110),
    offset=st.integers(-500, 500),
    skew=st.integers(-4, 4),
    others=st.lists(st.integers(90, 120), max_size=3),
    vague=st.booleans(),
    gapless=st.booleans(),
)
def test_the_true_instant_stays_inside(
    true_at: int, offset: int, skew: int, others: list[int], *, vague: bool, gapless: bool
) -> None:
    """I26: with a measured clock, whatever events say, the change happened inside its interval."""
    said = VAGUE if vague else {}
    mine = event(true_at + offset + skew, **said)
    rest = [event(at + offset, f"p{n}", f"o{n}", **said) for n, at in enumerate(others)]
    told = found(*rest, mine, feed=WHOLE if gapless else HOLED, clock=Clock(offset, 4))
    assert told.span[0] < true_at <= told.span[1]
    assert told.actor in {"alice", None}


def test_an_event_with_another_value_names_nobody_where_the_feed_has_a_hole() -> None:
    """Somebody else changed it again: alice set 6, 8 was found, and what came between was lost."""
    told = found(event(names=(Named("cpu_count", "4", "6"),)), feed=HOLED)
    assert (told.how, told.actor, told.span, told.grade) == (ActorHow.POSSIBLE, None, (100, 110), Grade.POLL)
    assert found(event(names=(Named("cpu_count", "4", "6"),))).actor == "alice"
