"""pyvmomi's own decoding of the same answers, to compare with: values, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pyVmomi import vmodl
from pyVmomi.SoapAdapter import SoapResponseDeserializer
from pyVmomi.VmomiSupport import DataObject, Enum, ManagedObject

from driftline.collectors.vsphere.soap import Writer
from driftline.collectors.vsphere.tables import name_of

RESULT = vmodl.query.PropertyCollector.RetrieveResult
DEFAULTS: tuple[Any, ...] = (None, "", 0, False, 0.0, [], b"")


def decode(body: bytes) -> Any:  # noqa: ANN401 -- objects of pyvmomi
    """One page, decoded by pyvmomi."""
    return SoapResponseDeserializer(Writer("vim.version.v8_0_2_0")).Deserialize(body, RESULT)


def properties(body: bytes) -> dict[tuple[str, str], Any]:
    """Every property of a page by object and path."""
    return {(one.obj._moId, p.name): p.val for one in decode(body).objects for p in one.propSet}  # noqa: SLF001 -- no other way


def differences(path: str, theirs: Any, ours: Any) -> Iterator[str]:  # noqa: ANN401 -- decoded values
    """Where two decoded values differ; a field that is absent equals its default."""
    if isinstance(theirs, DataObject):
        ours = ours or {}
        for row in theirs._GetPropertyList():  # noqa: SLF001 -- no other way
            yield from differences(f"{path}.{row.name}", getattr(theirs, row.name), ours.get(row.name))
    elif isinstance(theirs, list):
        if len(theirs) != len(ours or []):
            yield f"{path}: {len(theirs)} items, not {len(ours or [])}"
        for i, (one, other) in enumerate(zip(theirs, ours or [], strict=False)):
            yield from differences(f"{path}[{i}]", one, other)
    elif not _same(theirs, ours):
        yield f"{path}: {theirs!r}, not {ours!r}"


def leaves(value: Any) -> int:  # noqa: ANN401 -- a decoded value
    """How many leaf values a value of pyvmomi has."""
    if isinstance(value, DataObject):
        return sum(leaves(getattr(value, row.name)) for row in value._GetPropertyList())  # noqa: SLF001 -- no other way
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def _same(theirs: Any, ours: Any) -> bool:  # noqa: ANN401 -- decoded values
    if isinstance(theirs, ManagedObject):
        return bool(ours == (name_of(type(theirs)), theirs._moId))  # noqa: SLF001 -- no other way
    if isinstance(theirs, datetime | bool | bytes | float | int):
        return bool(theirs == ours) or (ours is None and theirs in DEFAULTS)
    if isinstance(theirs, Enum | str):
        return str(theirs) == ours or (ours is None and not theirs)
    return theirs is None and ours in DEFAULTS
