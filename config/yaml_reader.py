"""Reads YAML 1.2 from a person, keeping the line and column of every key and value.

Stricter than YAML where people get hurt: a key given twice, tags, several documents and keys that are not text are
errors; ``NO``, ``0123``, ``22:30`` and dates stay text. Built on the parser's events, not on its constructors: nothing
is resolved or instantiated, and aliases are limited in number and in what they unfold to, because a few nested ones
unfold to gigabytes. All faults of a document are reported at once, except that nothing can be said behind a syntax
error. Lines that are shown have their secrets starred first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent
from ruamel.yaml.reader import ReaderError

from driftline.config.problems import ConfigurationError, Mark, Path, Problem, dotted

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 50
MAX_ALIASES = 100
MAX_NODES = 100_000
MAX_DIGITS = 18  # of a number; a longer one is a serial

_SECRET_KEY = re.compile(r"p\w*w\w*d|pass|secret|token|credentials|community|private", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"plain:|://[^/\s]*@")
_REFERENCE = re.compile(r"(env|file|cred):\S+")
_CONSTANTS: Mapping[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")  # YAML 1.2 would read 0123 as 123; a serial or site code is meant
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands. ``text`` is what was written, for a scalar; ``size`` counts the nodes below."""

    at: Mark
    end: Mark
    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    text: str = ""
    keys: Mapping[str, Mark] = field(default_factory=dict)
    size: int = 1

    @property
    def empty(self) -> bool:
        """Whether nothing was written, as in ``name:``."""
        return self.value is None and not self.text

    def plain(self) -> Any:  # noqa: ANN401 -- as free as YAML is; the models give it types
        """The value as dictionaries, lists and scalars."""
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read: its tree, and its lines with the secrets starred."""

    source: str
    root: Node
    lines: tuple[str, ...]

    def find(self, path: Path) -> Node | None:
        """The value at a path; None if the document does not hold one."""
        node: Node | None = self.root
        for part in path:
            node = _child(node, part) if node else None
        return node

    def problem(self, path: Path, message: str, *, key: bool = False) -> Problem:
        """A problem at the value of a path, at its key, or where the nearest mapping around it begins."""
        node, mark = self.root, self.root.at
        for part in path:
            child = _child(node, part)
            if child is None:
                break
            mark = node.keys[part] if isinstance(part, str) else child.at
            node = child
        else:
            mark = mark if key or node.empty else node.at
        return Problem(self.source, mark, dotted(path), message, _line(self.lines, mark))


def read_yaml(text: str, source: str, *, any_value: bool = False) -> Document:
    """The document in a text; an empty one is an empty mapping. ``any_value``: its root need not be a mapping.

    Raises:
        ConfigurationError: the text is not YAML as this module wants it; all problems at once.
    """
    lines = tuple(text.splitlines())
    if len(text) > MAX_CHARACTERS:
        raise ConfigurationError([Problem(source, None, "", f"larger than {MAX_CHARACTERS:,} characters")])
    directive = next((n for n, line in enumerate(lines, 1) if line.lstrip("\ufeff").startswith("%")), None)
    if directive:  # the parser meets an unknown version with an AssertionError
        raise ConfigurationError([Problem(source, Mark(directive, 1), "", 'a line cannot begin with "%"')])
    builder = _Builder(source)
    fault: Problem | None = None
    root: Node | None = None
    try:
        root = builder.document(YAML(typ="safe", pure=True).parse(text), any_value=any_value)
    except YAMLError as error:
        fault = _syntax(error, source, lines)
    except _GaveUp:
        pass  # noted among the faults
    if fault or builder.faults or root is None:
        shown = _starred(lines, builder.secrets)
        found = [Problem(source, mark, path, say, _line(shown, mark)) for mark, path, say in builder.faults]
        raise ConfigurationError([*found, fault] if fault else found)
    return Document(source, root, _starred(lines, builder.secrets))


class _GaveUp(Exception):
    """Reading on would cost too much."""


class _Builder:
    """Makes nodes of events, in one pass."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.faults: list[tuple[Mark, str, str]] = []
        self.secrets: list[Node] = []
        self._anchors: dict[str, Node] = {}
        self._aliases = 0
        self._nodes = 0

    def document(self, events: Iterator[Any], *, any_value: bool) -> Node:
        root: Node | None = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._fault(_mark(event.start_mark), (), "a second document; one file holds one")
                    raise _GaveUp
                root = self._node(next(events), events, ())
        if root is None or root.empty:
            return Node(Mark(1, 1), Mark(1, 1), {})
        if not any_value and not isinstance(root.value, Mapping):
            self._fault(root.at, (), 'settings as "key: value" expected')
        return root

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Node:  # noqa: ANN401 -- ruamel's events share no useful type
        if isinstance(event, AliasEvent):
            return self._alias(event, path)
        self._nodes += 1
        mark = _mark(event.start_mark)
        if len(path) > MAX_DEPTH:
            self._fault(mark, (), f"nested deeper than {MAX_DEPTH}")
            raise _GaveUp
        if event.tag is not None:
            self._fault(mark, path, "tags are not used here; put text in quotes")
        node = self._open(event, events, path, mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _open(self, event: Any, events: Iterator[Any], path: Path, mark: Mark) -> Node:  # noqa: ANN401 -- as above
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path, mark)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path, mark)
        value = _scalar(event.value) if event.style is None else str(event.value)
        node = Node(mark, _mark(event.end_mark), value, event.value)
        if _hidden(path, node):
            self.secrets.append(node)
        return node

    def _alias(self, event: Any, path: Path) -> Node:  # noqa: ANN401 -- as above
        mark = _mark(event.start_mark)
        node = self._anchors.get(event.anchor)
        if node is None:
            self._fault(mark, path, f'no anchor "&{event.anchor}" before this')
            return Node(mark, mark, None)
        self._aliases += 1
        self._nodes += node.size
        if self._aliases > MAX_ALIASES or self._nodes > MAX_NODES:
            self._fault(mark, path, f"too many aliases: at most {MAX_ALIASES}, unfolding to {MAX_NODES:,} values")
            raise _GaveUp
        return node

    def _sequence(self, events: Iterator[Any], path: Path, mark: Mark) -> Node:
        items: list[Node] = []
        event = next(events)
        while hasattr(event, "anchor"):  # an end event has none
            items.append(self._node(event, events, (*path, len(items))))
            event = next(events)
        return Node(mark, _mark(event.end_mark), tuple(items), size=1 + sum(item.size for item in items))

    def _mapping(self, events: Iterator[Any], path: Path, mark: Mark) -> Node:
        found: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        event = next(events)
        while hasattr(event, "anchor"):
            name, at = self._key(event, events, path)
            node = self._node(next(events), events, (*path, name))
            if name in found:
                self._fault(at, (*path, name), f"set twice; first in line {keys[name].line}")
            else:
                found[name], keys[name] = node, at
            event = next(events)
        size = 1 + sum(node.size for node in found.values())
        return Node(mark, _mark(event.end_mark), found, keys=keys, size=size)

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> tuple[str, Mark]:  # noqa: ANN401 -- as above
        mark = _mark(event.start_mark)
        if isinstance(event, ScalarEvent):
            return str(event.value), mark
        self._node(event, events, (*path, "?"))
        self._fault(mark, path, "a key must be text")
        return f"?{mark.line}:{mark.column}", mark

    def _fault(self, mark: Mark, path: Path, message: str) -> None:
        self.faults.append((mark, dotted(path), message))


def _scalar(text: str) -> Scalar:
    """An unquoted scalar by the core schema of YAML 1.2, except that a number never begins with a needless 0."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) <= MAX_DIGITS else text
    return float(text) if _FLOAT.fullmatch(text) else text


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(node.value, Mapping) and isinstance(part, str):
        return node.value.get(part)
    if isinstance(node.value, tuple) and isinstance(part, int) and part < len(node.value):
        return node.value[part]
    return None


def _hidden(path: Path, node: Node) -> bool:
    """Whether a scalar may be a secret: by the words on the way to it (misspelt ones too) or by its look."""
    words = [part for part in path if isinstance(part, str)]
    if words[:2] == ["targets", "credentials"]:  # there they are names
        words = words[2:]
    if _SECRET_TEXT.search(node.text):
        return True
    if not any(_SECRET_KEY.search(word) for word in words) or words[-1] in {"user", "kind"}:
        return False
    return not _REFERENCE.fullmatch(node.text)


def _starred(lines: Sequence[str], secrets: Sequence[Node]) -> tuple[str, ...]:
    """The lines with every secret replaced by stars of its length, so that columns stay true."""
    starred = list(lines)
    for node in secrets:
        for number in range(node.at.line, min(node.end.line, len(lines)) + 1):
            line = starred[number - 1]
            begin = node.at.column - 1 if number == node.at.line else len(line) - len(line.lstrip())
            end = node.end.column - 1 if number == node.end.line else len(line)
            starred[number - 1] = line[:begin] + "*" * (end - begin) + line[end:]
    return tuple(starred)


def _line(lines: Sequence[str], mark: Mark) -> str:
    if mark.line > len(lines):
        return ""
    return "".join(c if c.isprintable() or c == "\t" else "?" for c in lines[mark.line - 1])


def _mark(mark: Any) -> Mark:  # noqa: ANN401 -- ruamel has three classes for it
    return Mark(mark.line + 1, mark.column + 1)


def _syntax(error: YAMLError, source: str, lines: Sequence[str]) -> Problem:
    """A syntax error in our words. There is no tree to find secrets by, so a suspicious section shows no line."""
    if isinstance(error, ReaderError):
        before = "\n".join(lines)[: error.position].split("\n")
        return Problem(
            source,
            Mark(len(before), len(before[-1]) + 1),
            "",
            f"a character that YAML forbids: U+{error.character:04X}",
        )
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem(source, None, "", str(error).splitlines()[0])
    at_end = error.problem_mark.line >= len(lines) and error.context_mark is not None
    mark = _mark(error.context_mark if at_end else error.problem_mark)  # better where it began than the end of the file
    message = ", ".join(part for part in (error.context, error.problem) if part)
    section = lines[: mark.line]
    while len(section) > 1 and section[-1][:1] in {"", " ", "\t", "#"}:
        section = section[:-1]
    suspects = lines[max(len(section) - 1, 0) : mark.line]
    secret = any(_SECRET_KEY.search(line) or _SECRET_TEXT.search(line) for line in suspects)
    return Problem(source, mark, "", message, "" if secret else _line(lines, mark))
