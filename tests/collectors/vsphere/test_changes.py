"""The tokenizer of ``configChanges``: entries of the real form, and everything that must not be split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.collectors.vsphere.changes import read_changes, split

VALUES = ["2", "<unset>", "null", "(2000, 2001)", '"a; b: c -> d"', "'vim.Datastore:0e3f:datastore-6028'", "true"]
NESTED = '(key = 2001, deviceInfo = (label = "Hard disk 2", summary = "1,048 KB"), capacityInKB = 1024)'


def test_a_modified_entry_has_a_path_an_old_and_a_new_value() -> None:
    """``path: old -> new;`` with brackets for keys."""
    text = "config.hardware.numCPU: 2 -> 4; \n\nconfig.hardware.device(2000).capacityInKB: 1024 -> 2048;\n"
    assert list(read_changes(text, paired=True)) == [
        ("config.hardware.numCPU", "2", "4"),
        ("config.hardware.device[2000].capacityInKB", "1024", "2048"),
    ]


def test_an_added_entry_has_a_value() -> None:
    """``path: value;`` where the value is a whole device."""
    assert list(read_changes(f"config.hardware.device(2001): {NESTED};", paired=False)) == [
        ("config.hardware.device[2001]", None, NESTED)
    ]


@pytest.mark.parametrize("key", ['extraConfig("guestinfo.a;b: c")', "device(4000)"])
def test_keys_in_paths_become_brackets(key: str) -> None:
    """Events write ``device(4000)`` where property updates write ``device[4000]``."""
    ((path, _, _),) = read_changes(f"config.{key}.value: 1 -> 2;", paired=True)
    name, _, rest = key.partition("(")
    assert path == f"config.{name}[{rest[:-1]}].value"


@pytest.mark.parametrize("text", ['a: "cut -> b', "a: (1 -> 2;", "a: 1 -> 2) ;", "a: 1;", "nonsense"])
def test_what_does_not_close_is_refused(text: str) -> None:
    """A server may cut the text: half of it is not read as if it were all."""
    with pytest.raises(ValueError):  # noqa: PT011 -- unpacking says so too
        list(read_changes(text, paired=True))


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,3}", fullmatch=True),
            st.sampled_from(VALUES),
            st.sampled_from(VALUES),
        ),
        min_size=1,
    )
)
def test_whatever_is_written_is_read_back(entries: list[tuple[str, str, str]]) -> None:
    """Writing entries and reading them gives the entries."""
    text = " ".join(f"{path}: {old} -> {new};" for path, old, new in entries)
    assert list(read_changes(text, paired=True)) == entries


@given(st.text(alphabet="ab;:>- ()[]\"'\\"))
def test_splitting_loses_no_character(text: str) -> None:
    """Parts joined by the mark are the text."""
    try:
        parts = split(text, ";")
    except ValueError:
        return
    assert ";".join(parts) == text
