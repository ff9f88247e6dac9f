"""What stands in captures is exactly what was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.collectors.network import asks, replies
from driftline.collectors.network.replies import BadReply, TableReply
from driftline.collectors.network.snmp import End, Nothing, TableRead, VarBind, Walk, ber, values

NUMBERS = st.integers(-(2**31), 2**64 - 1)
OIDS = st.lists(st.integers(0, 2**32 - 1), max_size=12).map(tuple)
CELLS = st.dictionaries(st.integers(1, 99), st.one_of(NUMBERS, st.binary(max_size=20), OIDS), max_size=4)


@given(rows=st.dictionaries(OIDS, CELLS, max_size=5), unreadable=st.dictionaries(st.integers(1, 9), st.text()))
def test_a_table_comes_back_as_it_was(
    rows: dict[tuple[int, ...], dict[int, object]], unreadable: dict[int, str]
) -> None:
    """Numbers of either sign and any size, octets and names keep their type and value, an empty index included."""
    table = TableReply(rows, not unreadable, unreadable, skipped_suspected=True, why="later")  # type: ignore[arg-type]  # of strategies
    again = TableReply.decode(table.encode())
    assert again == table
    assert [type(v) for row in again.rows.values() for v in row.values()] == [
        type(table.rows[index][column]) for index, row in again.rows.items() for column in row
    ]


def test_equal_answers_are_equal_bytes() -> None:
    """The order in which an agent sent its rows is not kept."""
    one = TableReply({(1,): {2: 5, 3: b"a"}, (10,): {2: 6}})
    other = TableReply({(10,): {2: 6}, (1,): {3: b"a", 2: 5}})
    assert one.encode() == other.encode()


def test_what_an_engine_could_not_read_is_said() -> None:
    """A column that broke off, with the reason of its walk; what was read stays."""
    read = TableRead({(7,): {1: 2, 2: Nothing.NULL}}, [Walk(end=End.LOOP, why="after 1.3")], {2: End.LOOP})
    table = TableReply.decode(replies.of_table(read))
    assert table == TableReply({(7,): {1: 2}}, complete=False, unreadable={2: "names do not increase"}, why="after 1.3")


def test_an_object_that_is_not_there_is_missing_and_nothing_else_is() -> None:
    """Absent objects are left out; counters are unsigned; an empty text is a text."""
    rows = [
        VarBind(ber.from_dotted("1.3.6.1.2.1.1.3.0"), values.TIMETICKS, b"\xff\xff\xff\xff"),
        VarBind(ber.from_dotted("1.3.6.1.2.1.1.4.0"), values.OCTETS, b""),
        VarBind(ber.from_dotted("1.3.6.1.2.1.1.5.0"), values.NO_SUCH_INSTANCE, b""),
        VarBind(ber.from_dotted("1.3.6.1.2.1.1.2.0"), values.OID, ber.from_dotted("1.3.6.1.4.1.9.1.1")),
    ]
    assert replies.decode_objects(replies.of_objects(rows)) == {
        asks.oid("sysUpTime"): 2**32 - 1,
        asks.oid("sysContact"): b"",
        asks.oid("sysObjectID"): (1, 3, 6, 1, 4, 1, 9, 1, 1),
    }


@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_a_cut_reply_is_never_an_empty_one(cut: int) -> None:
    """Half a body is an error for both readers, and one kind is not read as the other."""
    table, objects = TableReply({(1,): {2: 5}}).encode(), b'{"1.3.6.1":5}'
    with pytest.raises(BadReply):
        TableReply.decode(table[:cut])
    with pytest.raises(BadReply):
        replies.decode_objects(objects[: min(cut, 12)])
    with pytest.raises(BadReply):
        replies.decode_objects(table)
    with pytest.raises(BadReply):
        TableReply.decode(objects)


def test_every_ask_names_columns_that_the_module_data_has() -> None:
    """An ask read back is the table, columns and context it was made of; all columns are known."""
    for wanted in asks.EVERYWHERE:
        asked = asks.read_ask(wanted.ask("vlan-7"))
        assert asked.context == "vlan-7"
        if isinstance(wanted, asks.Table):
            assert asked.table == wanted.meaning
            assert asked.columns == wanted.columns
            assert set(asked.columns) <= set(wanted.meaning.columns)
        else:
            assert [ber.dotted(one) for one in asked.oids] == [
                asks.oid(name) for row in wanted.scalars.values() for name in row
            ]


def test_names_of_asks_are_unique() -> None:
    """A capture tells asks apart by their name."""
    names = [one.name for one in asks.EVERYWHERE]
    assert len(names) == len(set(names))
