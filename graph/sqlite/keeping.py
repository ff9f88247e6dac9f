"""The file as a whole: made, checked, copied, brought up to date, described."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import MappingProxyType

from driftline.graph.errors import StoreDamaged, StoreError, StoreForeign, StoreLocked, StoreNewer
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros
from driftline.graph.sqlite import schema, statements
from driftline.graph.sqlite.connection import SAFE, Connection, connect, sqlite3, transaction, version, writer
from driftline.graph.sqlite.lease import lock
from driftline.graph.sqlite.writing import book
from driftline.graph.store import SCHEMA, Family, Health

STEPS: Mapping[int, Sequence[str]] = MappingProxyType({})
"""Statements that lead from a schema version to the next one."""

REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})
"""File systems whose locks cannot be trusted."""

TABLES = {
    Family.ITEM: "item",
    Family.PAST: "item_past",
    Family.SIGHTING: "sighting",
    Family.LINK: "link",
    Family.LINK_PAST: "link_past",
    Family.PERSON: "person",
    Family.BATCH: "batch",
}


def prepare(path: Path, model: Model) -> None:
    """Make the file if it is missing (mode 0600), check it, and create what the model wants."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    check(path)
    _check_after_crash(path)
    with closing(connect(path, read_only=False)) as connection:
        if schema.lacks(connection, model):
            with transaction(connection):
                schema.ensure(connection, model)


def check(path: Path) -> None:
    """Refuse a file that is not ours, not whole, or too new. An empty one is a store to be.

    Raises:
        StoreForeign, StoreDamaged, StoreNewer: as they say.
    """
    with closing(connect(path, read_only=True)) as connection:
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return
        if connection.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION:
            raise StoreForeign(f"{path}: is another program's database; name another file")
        kept = book(connection).get("schema")
    if kept is None:
        raise StoreDamaged(f"{path}: is the half of a copy that was interrupted; remove it and copy again")
    if kept > SCHEMA:
        raise StoreNewer(f"{path}: has schema {kept}, this program knows {SCHEMA}; upgrade driftline")


def _check_after_crash(path: Path) -> None:
    """A log that is not empty while nobody writes was left by a crash: look at every page before going on."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return
    with suppress(StoreLocked), lock(path, "the check after a crash"), writer(path) as connection:
        _quick_check(connection, path)


def _quick_check(connection: Connection, path: Path) -> None:
    (first,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if first != "ok":
        raise StoreDamaged(f"{path}: is damaged ({' '.join(first.split())}); restore a backup")


def backup(connection: Connection, to: Path) -> None:
    """Write a copy to a new file: checked, on disk, and only then under its name."""
    if to.exists():
        raise StoreError(f"{to}: exists already; name a new file")
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    number = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            _quick_check(copy, part)
        os.fsync(number)
    finally:
        os.close(number)
    part.rename(to)
    folder = os.open(to.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def migrate(connection: Connection, path: Path, steps: Mapping[int, Sequence[str]] = STEPS, *, to: int = SCHEMA) -> int:
    """Go up one version at a time, after a backup beside the file; return the version it had."""
    had = book(connection)["schema"]
    if had < to:
        backup(connection, path.with_name(f"{path.name}.schema-{had}"))
    for number in range(had, to):
        with transaction(connection):
            for statement in steps[number]:
                connection.execute(statement)
            connection.execute("UPDATE book SET v = ? WHERE k = 'schema'", (number + 1,))
    return had


def health(connection: Connection, model: Model, path: Path) -> Health:
    """Sizes, versions, and what a person should know."""
    kept = book(connection)
    shapes = {kind: schema.shape(model, kind) for kind in model.records}
    counts: dict[str, int] = {family: _size(connection, table) for family, table in TABLES.items()}
    kinds = {kind: _size(connection, one.table) for kind, one in shapes.items()}
    older = sum(_size(connection, one.past) for one in shapes.values())
    counts |= kinds | {Family.RECORD: sum(kinds.values()), Family.RECORD_PAST: older, Family.BOOK: 1}
    files = (path, path.with_name(f"{path.name}-wal"))
    size = sum(file.stat().st_size for file in files if file.exists())
    number = ".".join(map(str, version()))
    return Health("sqlite", number, str(path), kept["schema"], Micros(kept["at"]), counts, size, _warnings(path))


def _warnings(path: Path) -> tuple[str, ...]:
    told = []
    if version() < SAFE:
        told.append(f"SQLite {'.'.join(map(str, version()))}: let no other program write to {path} (fixed in 3.51.3)")
    if (kind := file_system(path)) in REMOTE:
        told.append(f"{path}: is on {kind}; move it to a local disk")
    return tuple(told)


def file_system(path: Path, mounts: str | None = None) -> str:
    """Type of the file system of a path, by the table of mounts (that of this process)."""
    table = Path("/proc/self/mounts").read_text() if mounts is None else mounts
    points = {fields[1]: fields[2] for fields in map(str.split, table.splitlines())}
    whole = path.absolute()
    return next((points[str(place)] for place in (whole, *whole.parents) if str(place) in points), "")


def _size(connection: Connection, table: str) -> int:
    (number,) = connection.execute(statements.size(table)).fetchone()
    return int(number)
