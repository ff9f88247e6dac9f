"""Law of canonical forms: what is canonical already stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.graph.model import canonical
from tests.diff.properties.cases import law

TYPICAL = (
    st.text(max_size=20)
    | st.text(alphabet="0123456789abcdefABCDEF:.-/% ", max_size=40)
    | st.ip_addresses().map(str)
    | st.uuids().map(str)
    | st.from_regex(r"\A\s?([0-9A-Fa-f]{2}[:.-]){5,7}[0-9A-Fa-f]{2}\s?\Z")
)
OF_ONE = (
    canonical.text,
    canonical.folded,
    canonical.mac,
    canonical.wwn,
    canonical.uuid,
    canonical.serial,
    canonical.host_name,
    canonical.address,
    canonical.base_mac,
    canonical.chassis_id,
    canonical.port_name,
)
OF_MANY = (canonical.unordered, canonical.ordered, canonical.addresses)


@pytest.mark.parametrize("form", OF_ONE)
def test_a_canonical_value_is_its_own_form(form: Callable[[str], str | None]) -> None:
    """I27: every form of a value is idempotent and total."""

    @law
    @given(value=TYPICAL)
    def idempotent(value: str) -> None:
        once = form(value)
        assert once is None or form(once) == once

    idempotent()


@pytest.mark.parametrize("form", OF_MANY)
def test_a_canonical_collection_is_its_own_form(form: Callable[[Any], Any]) -> None:
    """I27: so is every form of a collection."""

    @law
    @given(values=st.lists(TYPICAL, max_size=4).map(tuple))
    def idempotent(values: tuple[str, ...]) -> None:
        once = form(values)
        assert form(once) == once

    idempotent()


def test_an_address_of_nothing_but_a_zone_is_no_address() -> None:
    """I27, found by it: ``%`` alone became an empty address, and blanks before a zone stayed."""
    assert canonical.addresses(("%", "10.0.0.1 %eth0")) == ("10.0.0.1",)
