"""Names reach SQL from the model alone, and only plain ones (decision D36)."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.graph.model.declare import Item, Record, Strength, item, key, record, refers, says
from driftline.graph.model.schema import Model
from driftline.graph.sqlite import SqliteStore
from tests.graph.contract.estate import MODEL, Clock


@record()
class Not_Plain(Record):  # noqa: N801 -- the point of the test
    """An underscore could meet the name of another table."""

    id: str = says("Id.")


@item(keys=(key(Strength.STRONG, "name"),), title="name")
class Größe(Item):  # noqa: PLC2401 -- the point of the test
    """A letter that SQL would need quotes for."""

    name: str = says("Name.")


@pytest.mark.parametrize("model", [Model.of((), (Not_Plain,), ()), Model.of((Größe,), (), ())], ids=["record", "item"])
def test_a_kind_without_a_plain_name_is_refused(path: Path, model: Model) -> None:
    """Before anything is made of it."""
    with pytest.raises(TypeError, match="not a plain name"):
        SqliteStore.open(path, model, clock=Clock())


def test_every_statement_names_what_the_model_declares(path: Path, statements: list[str]) -> None:
    """Tables and columns of the file are those of the model, word for word."""
    SqliteStore.open(path, MODEL, clock=Clock()).close()

    made = [text.split("(")[0] for text in statements if text.startswith("CREATE TABLE rec_")]
    assert made == [
        f"CREATE TABLE rec_{name}" for name in ("Note", "Note_past", "Paper", "Paper_past", "Ruling", "Ruling_past")
    ] + ["CREATE TABLE rec_Ruling_cites"]
    assert any("[group] GENERATED ALWAYS AS (_body ->> '$.group') VIRTUAL" in text for text in statements)


def test_an_order_names_fields_with_one_value() -> None:
    """A reference to many has no order; it can be filtered without one."""
    with pytest.raises(TypeError, match="cites"):

        @record(orders=(("cites",),))
        class Wrong(Record):
            """A record ordered by many."""

            id: str = says("Id.")
            cites: tuple[str, ...] = refers("CITES", "Facts.", to="Paper", default=())
