"""How kinds of items, records and links are declared: once, and everything else is generated from it.

An *item* is what a collector saw, typed by a kind. A *record* is a fact about items (a change, an approval, a visit).
Store schema, API schema, documentation and CSV headers all come from these declarations.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform, get_type_hints

from driftline.graph.model.values import Value, checked

NAME = re.compile(r"[a-z][a-z0-9_]*")


class Volatility(StrEnum):
    """How much a change of a field means (whether it makes a Change, and whether that is judged)."""

    IDENTITY = "identity"
    CONFIG = "config"
    RUNTIME = "runtime"
    DERIVED = "derived"
    COUNTER = "counter"
    EPHEMERAL = "ephemeral"


SILENT = frozenset({Volatility.COUNTER, Volatility.EPHEMERAL})
"""Classes that never make a Change and never enter a digest or a store."""


class Strength(StrEnum):
    """What a key may do: bind anywhere, bind after a move, bind inside its source, or only propose to a person."""

    STRONG = "strong"
    TRANSFER = "transfer"
    LOCAL = "local"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One way to identify a CI: the fields that make it, and the reference field inside whose CI it holds."""

    strength: Strength
    fields: tuple[str, ...]
    within: str | None = None

    @property
    def name(self) -> str:
        """Name of the key inside its kind; a reference may use it."""
        stem = "_".join(self.fields) or str(self.within)
        return f"{stem}_anywhere" if self.strength is Strength.TRANSFER else stem


def key(strength: Strength, *names: str, within: str | None = None) -> KeySpec:
    """Declare a key. Keys of a kind stand in rank order, the most telling first (decision D5)."""
    return KeySpec(strength, names, within)


@dataclass(frozen=True, slots=True)
class Ref:
    """Names an item inside an observation by one of its keys, before anybody knows the CI.

    ``owner`` is needed for keys that hold only inside another CI, for example a disk key inside its VM.
    """

    kind: str
    key: str
    values: tuple[str, ...]
    owner: Ref | None = None


def says(
    text: str,
    *,
    unit: str = "",
    changes: Volatility = Volatility.CONFIG,
    group: str = "config",
    form: Callable[[Any], Any] | None = None,
    personal: bool = False,
    default: Any = MISSING,  # noqa: ANN401 -- typed by the class that declares the field
) -> Any:  # noqa: ANN401 -- typed by the class that declares the field
    """Describe one attribute: what it means, its unit, volatility class, coverage group and canonical form."""
    notes = {"says": text, "unit": unit, "changes": changes, "group": group, "form": form, "personal": personal}
    return field(default=default, metadata=notes)


def linked(
    type_: str,
    text: str,
    *,
    changes: Volatility = Volatility.CONFIG,
    group: str = "config",
    default: Any = MISSING,  # noqa: ANN401 -- typed by the class that declares the field
) -> Any:  # noqa: ANN401 -- typed by the class that declares the field
    """Describe one relationship: a ``Ref`` (there is one) or a tuple of them (many). Never an attribute."""
    return field(default=default, metadata={"says": text, "link": type_, "changes": changes, "group": group})


@dataclass(frozen=True, slots=True)
class Attribute:
    """A declared attribute of a kind or of a record."""

    name: str
    says: str
    unit: str
    changes: Volatility
    group: str
    type: type
    personal: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """A declared relationship field of a kind: the link type it makes, and whether there may be many."""

    name: str
    says: str
    type: str
    many: bool
    changes: Volatility
    group: str


@dataclass(frozen=True, slots=True)
class Item:
    """Anything with a history."""

    kind: ClassVar[str] = ""
    key_specs: ClassVar[tuple[KeySpec, ...]] = ()
    owner_field: ClassVar[str | None] = None
    title_field: ClassVar[str] = ""
    attributes: ClassVar[tuple[Attribute, ...]] = ()
    relations: ClassVar[tuple[Relation, ...]] = ()
    forms: ClassVar[tuple[tuple[str, Callable[[Any], Any]], ...]] = ()
    kept: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Bring every value to its canonical form, so that equal things are equal texts."""
        for name, form in self.forms:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, form(value))

    def values(self) -> dict[str, Value]:
        """What is kept of the item: said attributes under their names, sorted, instants as epoch microseconds."""
        said: dict[str, Value] = {}
        for name in self.kept:
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, datetime):
                value = round(value.astimezone(UTC).timestamp() * 1_000_000)
            elif isinstance(value, StrEnum):
                value = value.value
            said[name] = checked(value)
        return said


@dataclass(frozen=True, slots=True)
class Record:
    """A fact that is not an item or a link. Its id is a field; its revisions are kept by the store."""

    kind: ClassVar[str] = ""
    orders: ClassVar[tuple[tuple[str, ...], ...]] = ()
    references: ClassVar[tuple[Reference, ...]] = ()
    attributes: ClassVar[tuple[Attribute, ...]] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A field of a record that names items or other records."""

    name: str
    type: str
    many: bool
    to: tuple[str, ...]
    says: str


ITEM = "Item"
"""Target of a reference that names a CI by its key."""


def refers(
    type_: str,
    text: str,
    *,
    to: str | tuple[str, ...] = ITEM,
    default: Any = MISSING,  # noqa: ANN401 -- typed by the class that declares the field
) -> Any:  # noqa: ANN401 -- typed by the class that declares the field
    """Describe a reference of a record: to a CI by key (the default) or to records of the named kinds by id."""
    kinds = (to,) if isinstance(to, str) else to
    return field(default=default, metadata={"says": text, "refers": type_, "to": kinds})


AnyItem = TypeVar("AnyItem", bound=Item)
AnyRecord = TypeVar("AnyRecord", bound=Record)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(says, linked))
def item(
    *, keys: tuple[KeySpec, ...], title: str, owner: str | None = None
) -> Callable[[type[AnyItem]], type[AnyItem]]:
    """Declare a kind: keyword-only, frozen, every field described; ``owner`` is the relation it is a part of (PART_OF).

    Raises:
        TypeError: a field without description, an unusable name or type, or a key or owner that names no field.
    """

    def declare(cls: type[AnyItem]) -> type[AnyItem]:
        kind = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        attributes, relations = described(kind), _relations(kind)
        _require(kind.__name__, _named(keys, title, owner), {a.name for a in attributes} | {r.name for r in relations})
        kind.kind, kind.key_specs, kind.title_field, kind.owner_field = kind.__name__, keys, title, owner
        kind.attributes, kind.relations = attributes, relations
        kind.forms = tuple((f.name, form) for f in fields(kind) if (form := f.metadata.get("form")))
        kind.kept = tuple(sorted(a.name for a in attributes if a.changes not in SILENT and not a.personal))
        return kind

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(says, refers))
def record(*, orders: tuple[tuple[str, ...], ...] = ()) -> Callable[[type[AnyRecord]], type[AnyRecord]]:
    """Declare a kind of record. ``orders`` are its access paths: only these fields may be filtered or sorted.

    Raises:
        TypeError: no ``id`` field, a field without description, or an order that names no field with one value.
    """

    def declare(cls: type[AnyRecord]) -> type[AnyRecord]:
        kind = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        attributes, references = described(kind), _references(kind)
        named = {"id"} | {name for order in orders for name in order}
        _require(kind.__name__, named, {a.name for a in attributes} | {r.name for r in references if not r.many})
        kind.kind, kind.orders, kind.attributes, kind.references = kind.__name__, orders, attributes, references
        return kind

    return declare


def described(cls: type[Any]) -> tuple[Attribute, ...]:
    """List the attributes of a declared class in declared order."""
    hints = get_type_hints(cls)
    silent = [f.name for f in fields(cls) if "says" not in f.metadata or not NAME.fullmatch(f.name)]
    if silent:
        raise TypeError(f"{cls.__name__}: no description, or not a plain name: {silent}")
    return tuple(
        Attribute(
            name=f.name,
            says=f.metadata["says"],
            unit=f.metadata["unit"],
            changes=f.metadata["changes"],
            group=f.metadata["group"],
            type=plain_type(hints[f.name]),
            personal=f.metadata["personal"],
            required=f.default is MISSING and f.default_factory is MISSING,
        )
        for f in fields(cls)
        if "unit" in f.metadata
    )


def plain_type(hint: object) -> type:
    """The runtime type behind an annotation: ``int | None`` is int, ``tuple[str, ...]`` is tuple."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        rest = [part for part in typing.get_args(hint) if part is not types.NoneType]
        return plain_type(rest[0]) if len(rest) == 1 else object
    origin = typing.get_origin(hint)
    if origin is not None:
        return cast("type", origin)
    supertype = getattr(hint, "__supertype__", None)  # NewType
    return plain_type(supertype) if supertype else cast("type", hint)


def _relations(cls: type[Item]) -> tuple[Relation, ...]:
    hints = get_type_hints(cls)
    return tuple(
        Relation(
            f.name,
            f.metadata["says"],
            f.metadata["link"],
            plain_type(hints[f.name]) is tuple,
            f.metadata["changes"],
            f.metadata["group"],
        )
        for f in fields(cls)
        if "link" in f.metadata
    )


def _references(cls: type[Record]) -> tuple[Reference, ...]:
    hints = get_type_hints(cls)
    return tuple(
        Reference(
            f.name, f.metadata["refers"], plain_type(hints[f.name]) is tuple, f.metadata["to"], f.metadata["says"]
        )
        for f in fields(cls)
        if "refers" in f.metadata
    )


def _named(keys: tuple[KeySpec, ...], title: str, owner: str | None) -> set[str]:
    named = {title} | {name for spec in keys for name in spec.fields}
    return named | {spec.within for spec in keys if spec.within} | ({owner} if owner else set())


def _require(cls: str, named: set[str], known: set[str]) -> None:
    if unknown := sorted(named - known):
        raise TypeError(f"{cls}: no such field {unknown}")
