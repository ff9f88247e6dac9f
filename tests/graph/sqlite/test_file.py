"""The file itself: its rights, its lock, its log, and what is said when something is wrong with it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from driftline.graph.dump import dump
from driftline.graph.errors import (
    StoreAway,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreLocked,
    StoreNewer,
)
from driftline.graph.sqlite import connection, keeping
from driftline.graph.store import SCHEMA
from tests.graph.contract.estate import box, new
from tests.graph.sqlite.conftest import Opener, write

HOLD = """
    import sys, time
    from pathlib import Path
    from driftline.graph.model.schema import Model
    from driftline.graph.sqlite import SqliteStore
    store = SqliteStore.open(Path(sys.argv[1]), Model.of((), (), ()), clock=lambda: 5)
    with store.lease("nightly run"):
        print("held", flush=True)
        time.sleep(60)
"""

FILL = """
    import sys
    from pathlib import Path
    from driftline.graph.dump import dump
    from driftline.graph.errors import StoreFull
    from driftline.graph.sqlite import SqliteStore
    from driftline.graph.store import Batch
    from tests.graph.contract.estate import MODEL, Clock, Hand, new
    place = Path(sys.argv[1])
    (place / "ballast").write_bytes(bytes(1_000_000))
    store = SqliteStore.open(place / "store.db", MODEL, clock=Clock())
    with store.lease("fill") as lease:
        hand = Hand(store, lease)
        def batch():
            return hand.batch(create=tuple(new(f"{hand.number}-{n}", name="x" * 200) for n in range(200)))
        try:
            while True:
                before = list(dump(store, facts=True))
                lost = batch()
                store.apply(lost)
        except StoreFull as error:
            print(error)
        assert list(dump(store, facts=True)) == before, "half a batch"
        (place / "ballast").unlink()
        assert store.apply(lost) is True
        assert len(list(dump(store, facts=True))) == len(before) + 200
    store.close()
    SqliteStore.open(place / "store.db", MODEL, clock=Clock()).close()
    print("went on")
"""


@pytest.fixture
def holder(path: Path, opened: Opener) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease."""
    opened()
    child = python(HOLD, str(path))
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.communicate()


def test_only_the_owner_may_read_the_files(path: Path, opened: Opener) -> None:
    """The store names people and machines."""
    with opened().lease("a test"):
        files = [path, *(path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", ".writer"))]

        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 4


def test_another_process_that_writes_is_named(opened: Opener, path: Path, holder: subprocess.Popen[str]) -> None:
    """Locked by another writer: one line with the name and the number of the process; reading goes on."""
    store = opened()

    with pytest.raises(StoreLocked) as told, store.lease("mine"):
        pass
    assert str(told.value) == f"{path}: nightly run (process {holder.pid}) is writing to it; wait until it ends"
    assert store.find("Box") == []


def test_a_writer_that_dies_frees_the_lock(opened: Opener, holder: subprocess.Popen[str]) -> None:
    """The kernel gives the lock back; the fence has moved on."""
    store = opened()
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    with store.lease("mine") as lease:
        assert lease.fence.number == 2


def test_a_foreign_program_that_locks_the_file_is_told(
    opened: Opener, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our lock does not bind others."""
    monkeypatch.setattr(connection, "PATIENCE_SECONDS", 0.1)
    store = opened()
    foreign = connection.sqlite3.connect(path, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreLocked, match="another program holds it"):
        write(store, create=(new("x"),))
    foreign.close()
    write(store, create=(new("x"),))


def test_a_store_open_for_reading_cannot_write(opened: Opener, path: Path) -> None:
    """And it makes no file."""
    with pytest.raises(StoreAway):
        opened(read_only=True)
    assert not path.exists()

    write(opened(), create=(new("x"),))
    reader = opened(read_only=True)
    assert set(reader.read([box("x")])) == {box("x")}
    with pytest.raises(StoreLocked, match="reading only"):
        write(reader, create=(new("y"),))


def test_an_old_sqlite_is_refused(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below 3.38 there is no ``->>``."""
    monkeypatch.setattr(connection, "OLDEST", (99, 0, 0))

    with pytest.raises(StoreError, match=r"is too old; install pysqlite3-binary"):
        opened()


def test_a_file_that_is_no_database_is_refused(opened: Opener, path: Path) -> None:
    """Not a store: one line, and the file stays as it is."""
    path.write_text("shopping list\n" * 200)

    with pytest.raises(StoreDamaged, match=r"store\.db: .*restore a backup$"):
        opened()
    assert path.read_text() == "shopping list\n" * 200


def test_another_programs_database_is_left_alone(opened: Opener, path: Path) -> None:
    """Not one byte of it changes."""
    other = connection.sqlite3.connect(path)
    other.execute("CREATE TABLE bookmarks(url)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(StoreForeign, match="name another file"):
        opened()
    assert path.read_bytes() == before


def test_a_newer_store_is_refused(opened: Opener, path: Path) -> None:
    """Written by a newer driftline: upgrade."""
    opened().close()
    alter(path, "UPDATE book SET v = v + 1 WHERE k = 'schema'")

    with pytest.raises(StoreNewer, match=f"schema {SCHEMA + 1}.*upgrade"):
        opened()
    with pytest.raises(StoreNewer):
        opened(read_only=True)


@pytest.mark.parametrize("crashed", [True, False], ids=["after a crash", "in use"])
def test_a_damaged_file_is_told(opened: Opener, path: Path, *, crashed: bool) -> None:
    """After an unclean stop the whole file is looked at before anything is written to it."""
    store = opened()
    write(store, create=tuple(new(f"x{n:04}", name="y" * 500) for n in range(400)))
    store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))
    if crashed:
        path.with_name("store.db-wal").write_bytes(b"left by a crash")

    with pytest.raises(StoreDamaged, match="restore a backup") as told:
        list(opened().export())
    assert "\n" not in str(told.value)


def test_the_log_is_empty_after_a_lease(opened: Opener, path: Path, statements: list[str]) -> None:
    """Only the holder of the lease moves the log into the file, and no connection does so by itself."""
    store = opened()
    store.find("Box")
    log = path.with_name("store.db-wal")
    with store.lease("a test"):
        assert log.stat().st_size > 0
        store.find("Box")
    assert log.stat().st_size == 0

    assert [text for text in statements if "checkpoint" in text and "autocheckpoint = 0" not in text] == [
        "PRAGMA wal_checkpoint(TRUNCATE)"
    ]
    assert statements.count("PRAGMA wal_autocheckpoint = 0") == statements.count("PRAGMA synchronous = FULL") > 2


def test_a_long_reader_does_not_hold_up_the_writer(opened: Opener) -> None:
    """The log stays as long as somebody reads in it; the lease ends at once."""
    store = opened()
    write(store, create=tuple(new(f"x{n}") for n in range(10)))
    reading = store.export()
    next(reading)
    write(store, create=(new("y"),))

    assert len(list(reading)) > 9


def test_a_backup_opens_as_a_store(opened: Opener, path: Path, tmp_path: Path) -> None:
    """Consistent while a writer holds the store, private, never over another file."""
    store, to = opened(), tmp_path / "backup.db"
    write(store, create=(new("x", name="one"),))
    with store.lease("a test"):
        store.backup(to)

    assert list(dump(opened(to), facts=True)) == list(dump(store, facts=True))
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.glob("*.part*")) == []
    with pytest.raises(StoreError, match="exists already"):
        store.backup(path)
    with pytest.raises(StoreAway, match="No such file"):
        store.backup(tmp_path / "nowhere" / "b.db")


def test_a_migration_goes_step_by_step_after_a_backup(opened: Opener, path: Path) -> None:
    """One version at a time; the file as it was stays beside it."""
    write(opened(), create=(new("x"),))
    steps = {SCHEMA: ("ALTER TABLE item ADD COLUMN one",), SCHEMA + 1: ("UPDATE item SET one = 'two'",)}

    with connection.writer(path) as open_:
        assert keeping.migrate(open_, path, steps, to=SCHEMA + 2) == SCHEMA
        assert open_.execute("SELECT one FROM item").fetchall() == [("two",)]
        assert keeping.migrate(open_, path, steps, to=SCHEMA + 2) == SCHEMA + 2
    assert set(opened(path.with_name(f"store.db.schema-{SCHEMA}")).read([box("x")])) == {box("x")}


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """``StoreFull``, nothing half written, and the same batch goes in once there is room."""
    place = tmp_path / "small"
    place.mkdir()
    mount = f"mount -t tmpfs -o size=4m tmpfs {place} && exec {sys.executable} - {place}"
    done = subprocess.run(  # noqa: S603 -- our own words
        ["unshare", "--mount", *(() if os.geteuid() == 0 else ("-r",)), "sh", "-c", mount],  # noqa: S607 -- as PATH says
        input=dedent(FILL),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},  # noqa: TID251 -- handed on
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{place}/store.db: {connection.SAYS[0][2]}\nwent on\n"
    assert connection.SAYS[0][1] is StoreFull


def test_a_store_on_a_remote_disk_is_warned_of(opened: Opener, path: Path) -> None:
    """Locks over a network cannot be trusted."""
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\ntmpfs /srv/local tmpfs rw 0 0\n"

    assert keeping.file_system(Path("/srv/a/store.db"), mounts) == "nfs4"
    assert keeping.file_system(Path("/srv/local/store.db"), mounts) == "tmpfs"
    assert keeping.file_system(Path("/home/store.db"), mounts) == "ext4"
    assert not [text for text in opened().health().warnings if "local disk" in text]
    assert opened().health().place == str(path)


def alter(path: Path, sql: str) -> None:
    """Change the file behind the store's back."""
    raw = connection.sqlite3.connect(path, isolation_level=None)
    raw.execute(sql)
    raw.close()


def python(program: str, *words: str) -> subprocess.Popen[str]:
    """Another process."""
    return subprocess.Popen(  # noqa: S603 -- our own words
        [sys.executable, "-c", dedent(program), *words], stdout=subprocess.PIPE, text=True
    )


def test_every_question_sees_whole_batches(opened: Opener, path: Path) -> None:
    """Of each pair that was written together a reader sees both or none, whatever it asks."""
    store = opened()
    write(store, create=(new("x"),))
    reader = opened(path, read_only=True)
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            torn.extend([1] * (len(reader.read([box("x0"), box("y0")])) not in {0, 2}))
            torn.extend([1] * (len(reader.find("Box")) % 2 == 0))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(20):
        write(store, create=(new(f"x{number}"), new(f"y{number}")))
    done.set()
    thread.join()

    assert torn == []
    assert len(reader.find("Box")) == 41
