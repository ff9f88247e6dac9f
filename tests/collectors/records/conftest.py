"""What all tests of record files share: one setting of the reader, and files written as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import driftline.collectors.records.files as door
from driftline.collectors.records.files import Imported, People, Reading, Words, read_people, read_rfcs
from driftline.graph.model.values import Ms

EXPORTED = Ms(1_780_000_000_000)  # 2026-05-28T20:26:40Z


@pytest.fixture(scope="session")
def reading() -> Reading:
    """The shipped words, and no zone."""
    shipped = Path(str(door.__file__)).with_name("states.yaml")
    words = Words.of(YAML(typ="safe").load(shipped.read_text()))
    return Reading(source="itsm", site_key=b"site", words=words)


@pytest.fixture(scope="session")
def rfcs(reading: Reading) -> Callable[..., Imported]:
    """Read change requests from texts by file name; settings by name."""

    def read(files: Mapping[str, str], **settings: Any) -> Imported:  # noqa: ANN401 -- any setting of Reading
        return read_rfcs({name: text.encode() for name, text in files.items()}, replace(reading, **settings))

    return read


@pytest.fixture(scope="session")
def people(reading: Reading) -> Callable[..., People]:
    """Read people and services from texts by file name; settings by name."""

    def read(files: Mapping[str, str], **settings: Any) -> People:  # noqa: ANN401 -- any setting of Reading
        return read_people({name: text.encode() for name, text in files.items()}, replace(reading, **settings))

    return read
