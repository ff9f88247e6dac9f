"""Checks of an installation that ``driftline doctor`` makes: each says what it looked at and what to do."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from driftline.api.room import FULL_BYTES, rooms
from driftline.api.site import NotYet, Site
from driftline.config import ConfigurationError, Secret
from driftline.graph.errors import StoreError

LIBRARIES = ("pyvmomi", "httpx", "neo4j", "apscheduler", "fastapi", "pydantic")


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do about it."""

    name: str
    state: State
    says: str
    do: str = ""


def examine(site: Site) -> Iterator[Check]:
    """All checks, one after another; none stops the others."""
    for look in LOOKS:
        yield from look(site)


def _versions(_site: Site) -> Iterator[Check]:
    named = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    yield Check("versions", State.OK, f"driftline {version('driftline')}, Python {sys.version.split()[0]}, {named}")


def _secrets(site: Site) -> Iterator[Check]:
    for name, account in site.settings.credentials.items():
        yield from (_secret(site, name, secret) for secret in account.secrets)


def _secret(site: Site, name: str, secret: Secret) -> Check:
    try:
        site.secrets.open(secret)
    except ConfigurationError as error:
        return Check("secret", State.FAIL, f"{name}: {error}", "repair the reference, then: driftline config check")
    if secret.scheme == "plain":
        return Check("secret", State.WARN, f"{name}: stands in the configuration", "use env:, file: or cred:")
    return Check("secret", State.OK, f"{name}: {secret}")


def _policy(site: Site) -> Iterator[Check]:
    try:
        yield Check("policy", State.OK, site.policy.version)
    except ConfigurationError as error:
        yield Check("policy", State.FAIL, str(error), "repair the policy file")


def _store(site: Site) -> Iterator[Check]:
    try:
        with site.store() as store:
            health = store.health()
    except NotYet as error:
        yield Check("store", State.WARN, str(error))
    except (StoreError, ConfigurationError) as error:
        yield Check("store", State.FAIL, str(error), "see the message; nothing can be written before")
    else:
        yield Check("store", State.OK, f"{health.kind} {health.version}, schema {health.schema}, {health.place}")
        for warning in health.warnings:
            yield Check("store", State.WARN, warning)


def _disk(site: Site) -> Iterator[Check]:
    for room in rooms(site):
        if room.full:
            do = f"make room; with less than {FULL_BYTES / 10**9:g} GB nothing is written"
            yield Check("disk", State.FAIL, str(room), do)
        elif room.low:
            yield Check("disk", State.WARN, str(room), "make room")
        else:
            yield Check("disk", State.OK, str(room))


def _rights(site: Site) -> Iterator[Check]:
    for path in _private(site):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Check("rights", State.WARN, f"{path}: others may read it (mode {mode:04o})", f"chmod 600 {path}")
        elif not os.access(path, os.R_OK | os.W_OK):
            yield Check("rights", State.FAIL, f"{path}: cannot be read and written by this account", "change its owner")
        else:
            yield Check("rights", State.OK, str(path))


def _private(site: Site) -> Sequence[Path]:
    kept = [site.data / "site.key", site.data / "ops.db"]
    if site.settings.store.kind == "sqlite":
        kept.append(site.settings.store.path)
    return [path for path in kept if path.exists()]


def _networks(site: Site) -> Iterator[Check]:
    if not site.settings.networks:
        yield Check("networks", State.WARN, "every network may be reached", "list yours under networks:")
    else:
        yield Check("networks", State.OK, ", ".join(map(str, site.settings.networks)))


LOOKS: tuple[Callable[[Site], Iterator[Check]], ...] = (
    _versions,
    _secrets,
    _policy,
    _store,
    _disk,
    _rights,
    _networks,
)
