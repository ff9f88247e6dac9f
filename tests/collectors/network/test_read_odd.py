"""Rows that no agent should send: nothing raises, and what is not understood is never taken for gone."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftline.collectors.network import asks
from driftline.collectors.network.asks import Objects, Table, Wanted
from driftline.collectors.network.platforms import platforms
from driftline.graph.model.observed import Coverage
from tests.collectors.network.samples import CISCO, HUAWEI, JUNIPER, UNKNOWN
from tests.collectors.network.walks import seen

NUMBERS = st.integers(0, 5) | st.integers(-(2**31), 2**32)
VALUES = NUMBERS | st.binary(max_size=20) | st.lists(st.integers(0, 300), max_size=14).map(tuple)
INDEXES = st.lists(st.integers(0, 5) | st.integers(0, 2**32 - 1), max_size=20).map(tuple)
OBJECT_IDS = st.sampled_from([CISCO, HUAWEI, JUNIPER, UNKNOWN, (), (1, 3), (1, 3, 6, 1, 4, 1), b"no id"])


def _asked() -> dict[str, Wanted]:
    own = (one for platform in platforms() for one in asks.wanted_of((platform.stamps, platform.parts)))
    return {one.name: one for one in (*asks.EVERYWHERE, *own)}


TABLES = {name: one for name, one in _asked().items() if isinstance(one, Table)}
SCALARS = sorted(
    {name for one in _asked().values() if isinstance(one, Objects) for row in one.scalars.values() for name in row}
)


@st.composite
def devices(draw: st.DrawFn) -> dict[str, Any]:
    """A device that says anything at all."""
    said: dict[str, Any] = {"sysObjectID": draw(OBJECT_IDS)}
    for name in draw(st.lists(st.sampled_from(sorted(TABLES)), min_size=3, max_size=12, unique=True)):
        cells = st.dictionaries(st.sampled_from(TABLES[name].columns), VALUES)
        said[name] = draw(st.dictionaries(INDEXES, cells, max_size=4))
    for name in draw(st.lists(st.sampled_from(SCALARS), max_size=12, unique=True)):
        said[name] = draw(VALUES)
    return said


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=devices())
def test_observing_never_raises(said: dict[str, Any]) -> None:
    """Observing is total: whatever an agent says, there is an account of it, and every value can be kept."""
    found = seen(said)

    for item in found.items:
        item.values()
    assert found.source is None or all(isinstance(row, Coverage) for row in found.coverage)
    assert len({(row.kind, row.group) for row in found.coverage}) == len(found.coverage)
