"""A table that could not be read is never an empty one: whatever is cut or refused, nothing looks removed (D1, D2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driftline.collectors.network import asks, feeds
from driftline.collectors.network.asks import Table
from driftline.collectors.network.platforms import platforms
from driftline.collectors.network.replies import BadReply, TableReply
from driftline.collectors.network.snmp.peer import End
from driftline.graph.model.change_records import Op
from driftline.graph.model.observed import Observation, Status
from tests.collectors.network.memory import NetworkMemory
from tests.collectors.network.removals import removed
from tests.collectors.network.samples import stack
from tests.collectors.network.walks import Change, Index, Rows, Said, seen

ASKED = tuple(wanted.name for choice in feeds.choices(platforms()[2]) for wanted in choice)
STACK = stack()
TABLES = tuple(name for name, rows in STACK.items() if isinstance(rows, dict))
ERRORS: dict[str, tuple[int, bytes] | None] = {
    "not asked": None,
    "an error": (504, b"no answer"),
    "nothing": (200, b""),
    "a page": (200, b"<html>Bad gateway</html>"),
    "another table": (200, b"[]"),
}


@pytest.fixture(scope="module")
def whole() -> Observation:
    """What is observed of the whole device."""
    return seen(STACK)


def test_the_whole_device_is_complete(whole: Observation) -> None:
    """Every scope of it, or a cut would show nothing."""
    assert {row.kind for row in whole.coverage} == {kind.kind for kind in feeds.KINDS}
    assert [row for row in whole.coverage if row.status is not Status.COMPLETE] == []
    assert whole.unread == []


@pytest.mark.parametrize("error", sorted(ERRORS))
def test_any_ask_that_fails_removes_nothing(whole: Observation, error: str) -> None:
    """Acceptance row 11: answer any ask with an error."""
    for ask in (*ASKED, asks.STAMPS.name, "cisco stamps", "ccmHistoryEventTable"):
        left = seen(STACK, change=instead(ask, ERRORS[error]))
        assert removed(whole, left) == [], f"{error} in place of {ask}"
        fed = set(feeds.fed_by(ask, platforms()[2]))
        still = {(row.kind, row.group) for row in left.coverage if row.status is Status.COMPLETE}
        if ask in TABLES:
            assert not fed & still, f"{error} in place of {ask}"


def test_any_table_cut_at_any_cell_removes_nothing(whole: Observation) -> None:
    """Acceptance row 11: cut any table at any PDU, down to one cell of one row."""
    for name in TABLES:
        for cut in cuts(name, STACK[name]):
            left = seen({**STACK, name: cut})
            assert removed(whole, left) == [], f"{name} cut after {cut.rows}"


@pytest.mark.parametrize("end", [End.LOOP, End.GARBLED, End.ROW_CAP, End.REFUSED])
def test_an_agent_that_cannot_end_a_table_removes_nothing(whole: Observation, end: End) -> None:
    """The same where the agent itself is broken; then the device is known by what was read."""
    for name in TABLES:
        for cut in cuts(name, STACK[name], end):
            left = seen({**STACK, name: cut})
            assert removed(whole, left) == [], f"{name}: {end}"


def test_rows_that_were_skipped_remove_nothing(whole: Observation) -> None:
    """Zyxel GS1920: a table that looks whole and is suspected of holes is none."""
    for name in TABLES:
        left = seen({**STACK, name: TableReply({}, skipped_suspected=True, complete=False, why="leaves out rows")})
        assert removed(whole, left) == [], name


@pytest.mark.parametrize("name", ["ifTable", "ifXTable", "ipAddressTable", "inetCidrRouteTable", "bgpPeerTable"])
def test_rows_of_which_none_is_understood_are_a_failure(whole: Observation, name: str) -> None:
    """Pitfall 2 (scanopy #668): an empty parse erased known neighbours. Rows and no understanding are never "gone"."""
    strange: Said = {**STACK, name: {(9, 9, 9): {2: 0, 3: 0, 9: 3}}}
    if name.startswith("if"):
        strange = {**strange, "ifTable": {(9, 9, 9): {2: b""}}, "ifXTable": {(9, 9, 9): {1: b""}}}
    left = seen(strange)

    assert removed(whole, left) == []
    assert Status.FAILED in {row.status for row in left.coverage if (row.kind, row.group) in feeds.fed_by(name, None)}
    assert left.unread


def test_a_cut_visit_changes_nothing_in_memory(tmp_path: Path) -> None:
    """Acceptance row 11 in the store: visit, cut as often as absence needs, visit: no change at all."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit(STACK)
    before = {kind.kind: memory.live(kind.kind) for kind in feeds.KINDS}
    for name in ("ifTable", "ifXTable", "ipAddressTable", "vtpVlanTable", "inetCidrRouteTable"):
        for cut in (*list(cuts(name, STACK[name], End.LOOP))[:2], *list(cuts(name, STACK[name], End.LOOP))[-1:]):
            report = memory.visit({**STACK, name: cut})
            assert [c for c in report.changes if c.op in {Op.DELETE, Op.REMOVE, Op.UNRELATE}] == [], name
    assert memory.visit(STACK).changes == ()
    assert {kind.kind: memory.live(kind.kind) for kind in feeds.KINDS} == before


def test_what_is_really_gone_is_removed_after_two_complete_visits(tmp_path: Path) -> None:
    """Not everything is withheld: a VLAN that was taken away is a deletion, an alias that is empty now a removal."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit(STACK)
    less: dict[str, Any] = stack()
    del less["vtpVlanTable"][1, 10]
    less["ifXTable"][1,] |= {18: b""}
    changes = [*memory.visit(less).changes, *memory.visit(less).changes]

    assert sorted((c.ci_kind, c.title, c.path, c.op) for c in changes) == [
        ("Interface", "Gi1/0/1", "alias", Op.REMOVE),
        ("Vlan", "10", "", Op.DELETE),
    ]


def test_a_port_that_is_down_is_not_taken_out_of_its_aggregate(tmp_path: Path) -> None:
    """LACP and PAgP name no aggregate for it, and Cisco shows no trunk: neither is a change that anybody made."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit(STACK)
    down: dict[str, Any] = stack()
    down["ifTable"][1,] |= {8: 2}
    down["ifStackTable"].pop((4, 1))
    down["dot3adAggPortTable"][1,] |= {12: 0, 13: 0}
    down["ifTable"][4,] |= {8: 2}
    down["vlanTrunkPortTable"][4,] |= {14: 2}
    report = memory.visit(down)

    assert {(c.title, c.path) for c in report.changes} == {("Gi1/0/1", "oper_up"), ("Po1", "oper_up")}


def instead(ask: str, put: tuple[int, bytes] | None) -> Change:
    """Another reply to one ask."""
    return lambda name, body: put if name == ask else (200, body)


def cuts(name: str, rows: Rows, end: End = End.UNREACHABLE) -> Iterator[TableReply]:
    """The table as it is left when the walk over its columns ends after any number of cells."""
    wanted = next(one for choice in _choices() for one in choice if one.name == name and isinstance(one, Table))
    cells = sorted((column, index) for index, row in rows.items() for column in row if column in wanted.columns)
    for n in range(len(cells)):
        kept: dict[Index, dict[int, Any]] = {}
        for column, index in cells[:n]:
            kept.setdefault(index, {})[column] = rows[index][column]
        reached = cells[n - 1][0] if n else wanted.columns[0]
        unread = {column: end.value for column in wanted.columns if column >= reached}
        yield TableReply(kept, complete=False, unreadable=unread, why=end.value)


def _choices() -> Iterator[asks.Choice]:
    yield from feeds.choices(platforms()[2])
    yield from platforms()[2].stamps


def test_a_body_that_is_no_table_is_said_to_be_none() -> None:
    """The test above damages bodies in ways that a reply notices."""
    with pytest.raises(BadReply):
        TableReply.decode(b"[]")
