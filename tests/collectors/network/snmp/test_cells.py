"""The short way from a reply to the cells of a table: the same as the long way, or it stops."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.collectors.network.snmp import VarBind, ber, pdu, values
from driftline.collectors.network.snmp.cells import Cells
from tests.collectors.network.snmp.speaking import ENTRY

INDEXES = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 2**32 - 1)), max_size=8)
COLUMNS = st.one_of(st.integers(1, 6), st.sampled_from([127, 128, 20_000]))
CONTENTS = {
    values.INTEGER: st.binary(min_size=1, max_size=9),
    values.COUNTER64: st.binary(min_size=1, max_size=9),
    values.OCTETS: st.one_of(st.binary(max_size=20), st.binary(min_size=110, max_size=300)),
    values.OID: st.sampled_from([b"", b"\x2b\x06", b"\x2b\x80\x01", b"\x2b\x86"]),
    values.NULL: st.just(b""),
}
CELLS = st.builds(
    lambda column, index, typed: VarBind(ENTRY + b"".join(map(ber.part, [column, *index])), *typed),
    COLUMNS,
    INDEXES,
    st.sampled_from(list(CONTENTS)).flatmap(lambda tag: st.tuples(st.just(tag), CONTENTS[tag])),
)
ELSEWHERE = st.sampled_from(
    [
        VarBind(ENTRY, values.INTEGER, b"\x01"),
        VarBind(ENTRY[:-1], values.INTEGER, b"\x01"),
        VarBind(ENTRY[:-1] + b"\x02\x01\x01", values.INTEGER, b"\x01"),
        VarBind(ENTRY + b"\x02\x01", values.END_OF_MIB_VIEW, b""),
    ]
)
LAST = 5
"""Last column of the walk; 6 and more lie beyond it."""


def reply(rows: list[VarBind], cut: int = 0) -> pdu.Reply:
    """A reply with these rows, the last octets of which may be missing from what it says to hold."""
    encoded = pdu.bindings(rows)
    return pdu.Reply(pdu.RESPONSE, 1, 0, 0, encoded, 0, max(len(encoded) - cut, 0))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(CELLS, CELLS, CELLS, ELSEWHERE), max_size=12), st.integers(0, 9))
def test_the_short_way_gives_what_the_long_way_gives(rows: list[VarBind], cut: int) -> None:
    """Table form of the same bindings, whichever way they were read."""
    short, long = (Cells(ENTRY, frozenset({1, 2, 3, 5, 6, 127, 128, 20_000})) for _ in range(2))
    answer = reply(rows, cut)

    at, name = short.take(answer, LAST)
    taken = pdu.read_bindings(answer.data, 0, at)
    long.add(taken)

    assert short.rows == long.rows
    assert not long.bad
    assert name == (taken[-1][0] if taken else b"")
    assert all(ENTRY < one[0] < ENTRY + b"\x06" for one in taken)


def test_plain_cells_all_go_the_short_way() -> None:
    """A reply of one column leaves nothing for the long way."""
    rows = [VarBind(ENTRY + b"\x02" + ber.part(at), values.OCTETS, b"x" * (at % 60)) for at in range(1, 60)]
    cells, answer = Cells(ENTRY, frozenset({2})), reply(rows)

    assert cells.take(answer, 2) == (answer.end, rows[-1].oid)
    assert len(cells.rows) == 59


def test_the_end_of_the_view_does_not_overwrite_the_last_cell() -> None:
    """Agents end a view under the name of its last value, which stays what it was."""
    last = VarBind(ENTRY + b"\x02\x01", values.INTEGER, b"\x07")
    cells, answer = Cells(ENTRY, frozenset({2})), reply([last, VarBind(last.oid, values.END_OF_MIB_VIEW, b"")])

    assert cells.take(answer, 2) == (len(pdu.bindings([last])), last.oid)
    assert cells.rows == {b"\x01": {2: 7}}
