"""The type tables that pyvmomi ships, as far as we use them: types by name, and which server knows what."""

from __future__ import annotations

import functools
from typing import Any

from pyVmomi import VmomiSupport

VIM = "urn:vim25"
OLDEST = "vim.version.version11"  # API 6.5, the oldest with configChanges in events


@functools.cache
def type_named(wsdl_name: str) -> type | None:
    """The class of a type of the vim namespace; ``None`` if the tables do not know it."""
    try:
        found: type = VmomiSupport.GetWsdlType(VIM, wsdl_name)
    except (KeyError, AttributeError):
        return None
    return found


def name_of(cls: type) -> str:
    """The name of a class on the wire."""
    return str(VmomiSupport.GetWsdlName(cls))


def properties(cls: type) -> list[Any]:
    """The declared properties of a data type, inherited ones first: rows with ``name``, ``type`` and ``version``."""
    listed = getattr(cls, "_GetPropertyList", None)
    return list(listed()) if listed else []


@functools.cache
def is_a(wsdl_name: str, *bases: str) -> bool:
    """Whether a type is one of the others, or made of one; an unknown type is not."""
    cls = type_named(wsdl_name)
    return cls is not None and issubclass(cls, tuple(known for base in bases if (known := type_named(base))))


def version_for(api_version: str) -> str:
    """The newest version of the tables that is not newer than the server, by its ``about.apiVersion``."""
    asked = _numbers(api_version)
    known = [
        (numbers, name)
        for name, text in VmomiSupport.versionIdMap.items()
        if name.startswith("vim.version.") and (numbers := _numbers(text)) and numbers <= asked
    ]
    return max(known)[1] if known else OLDEST


def known_to(version: str, wsdl_name: str, path: str) -> bool:
    """Whether a server of that version has the property path of a managed type."""
    cls = type_named(wsdl_name)
    for step in path.split("."):
        info = _property(cls, step)
        if info is None or not newer_or_same(version, info.version):
            return False
        cls = info.type
    return True


def newer_or_same(version: str, than: str) -> bool:
    """Whether one version of the tables includes another."""
    return than == version or than in VmomiSupport.GetVersionParents(version)


def _property(cls: Any, name: str) -> Any:  # noqa: ANN401 -- a class and a row of pyvmomi
    try:
        return cls._GetPropertyInfo(name) if cls else None
    except AttributeError:
        return None


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
