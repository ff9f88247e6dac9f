"""What the reader makes of YAML, above all of the values that other readers change behind a person's back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.config import ConfigurationError, Mark
from driftline.config.yaml_reader import MAX_ALIASES, MAX_CHARACTERS, read_yaml


def value(text: str) -> object:
    """What stands under ``a``."""
    return read_yaml(f"a: {text}\n", "test.yaml").root.plain()["a"]


TRAPS = [
    "NO",
    "no",
    "yes",
    "on",
    "Off",
    "y",
    "22:30",
    "0123",
    "007",
    "1_000",
    "2024-05-01",
    "1e",
    "0o17",
    "0x1F",
    "1.2.3",
]


@pytest.mark.parametrize("text", TRAPS)
def test_what_looks_like_text_stays_text(text: str) -> None:
    """`NO`, `22:30`, `0123` stay text."""
    assert value(text) == text


def test_a_long_number_stays_text() -> None:
    """A number that no 64-bit integer holds is a serial, and loses no digit."""
    assert value("123456789012345678") == 123456789012345678
    assert value("12345678901234567890") == "12345678901234567890"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", 12), ("-3", -3), ("0", 0), ("1.5", 1.5), (".5", 0.5), ("2e3", 2000.0), ("true", True), ("False", False)],
)
def test_numbers_and_truth_values_are_what_they_look_like(text: str, expected: object) -> None:
    """Unquoted numbers, true and false are YAML 1.2."""
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_none(text: str) -> None:
    """An empty value is None."""
    assert value(text) is None


@pytest.mark.parametrize("text", ['"12"', "'true'", '""', "|\n  12"])
def test_quoted_values_are_text(text: str) -> None:
    """A quoted or block scalar is text, whatever it looks like."""
    assert isinstance(value(text), str)


def test_every_key_and_value_knows_its_place() -> None:
    """Lines and columns count from 1."""
    root = read_yaml("a:\n  - b: 1\n    c: x\n", "test.yaml").root
    item = root.plain()
    assert item == {"a": [{"b": 1, "c": "x"}]}
    document = read_yaml("a:\n  - b: 1\n    c: x\n", "test.yaml")
    assert document.problem(("a", 0, "c"), "").mark == Mark(3, 8)
    assert document.problem(("a", 0, "c"), "", key=True).mark == Mark(3, 5)
    assert document.problem(("a", 0, "missing"), "").mark == Mark(2, 5)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "~"])
def test_an_empty_document_is_an_empty_mapping(text: str) -> None:
    """A file without settings is a file of defaults; an explicit null is not a mapping."""
    if text == "~":
        with pytest.raises(ConfigurationError):
            read_yaml(text, "test.yaml")
    else:
        assert read_yaml(text, "test.yaml").root.plain() == {}


def test_an_alias_repeats_its_anchor() -> None:
    """Aliases work within their limits."""
    assert read_yaml("a: &x [1]\nb: *x\n", "test.yaml").root.plain() == {"a": [1], "b": [1]}


def test_too_many_aliases_are_refused() -> None:
    """At most 100 aliases."""
    text = "a: &x 1\nb: [" + ", ".join(["*x"] * MAX_ALIASES) + "]\n"
    assert len(read_yaml(text, "test.yaml").root.plain()["b"]) == MAX_ALIASES
    with pytest.raises(ConfigurationError, match="too many aliases"):
        read_yaml(text + "c: *x\n", "test.yaml")


def test_an_anchor_cannot_hold_itself() -> None:
    """A document is a tree."""
    with pytest.raises(ConfigurationError, match='no anchor "&x" before this'):
        read_yaml("a: &x [*x]\n", "test.yaml")


def test_a_huge_file_is_refused() -> None:
    """A configuration of a megabyte is a mistake."""
    with pytest.raises(ConfigurationError, match="larger than"):
        read_yaml("#" * (MAX_CHARACTERS + 1), "test.yaml")


def test_shown_lines_hold_no_control_characters() -> None:
    """What is printed on a terminal cannot steer it."""
    with pytest.raises(ConfigurationError) as caught:
        read_yaml('a: "\u202e"\na: 1\nb: "\u009b1m" \nb: 2\n'.replace("\u009b", "\u0085"), "test.yaml")
    assert str(caught.value).replace("\n", "").isprintable()


PIECES = st.sampled_from(
    [
        *"abAB01 :-\n\t[]{},'\"&*!|>%#?@`~<=\\.\x07\x85\ufeff\ud800é",
        "a: ",
        "\n  ",
        "*a",
        "&a ",
        "---\n",
        "...\n",
        "%YAML 1.3\n",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_explained(text: str) -> None:
    """Whatever stands in the file, a person gets settings or one clear error, never another exception."""
    try:
        found: object = read_yaml(text, "any.yaml").root.plain()
    except ConfigurationError as error:
        found = error.problems
    assert isinstance(found, dict) or found
