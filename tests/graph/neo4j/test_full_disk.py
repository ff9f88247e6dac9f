"""The server's disk is full: no batch is half written, and after room is made and a restart the same batch goes in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftline.graph.errors import StoreAway, StoreFull
from driftline.graph.neo4j import Neo4jStore
from driftline.graph.store import Batch
from tests.graph.contract.estate import MODEL, Clock, Hand, box, new
from tests.lab.neo4j import Server

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

DISK = "420m"
LEFT_BYTES = 3_000_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk in memory."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    argv = [str(mount), "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(tmp_path)]
    if mount is None or umount is None or subprocess.run(argv, check=False, capture_output=True).returncode:  # noqa: S603 -- our own words
        pytest.skip("a small disk can only be mounted by root")
    yield tmp_path
    subprocess.run([umount, "-l", str(tmp_path)], check=True)  # noqa: S603 -- our own words


def test_a_full_disk_loses_nothing_and_is_said(disk: Path) -> None:
    """``StoreFull`` first, then ``StoreAway`` until the server is restarted."""
    server = Server(disk / "server", pagecache="64m")
    server.up()
    try:
        store = Neo4jStore.open(server.uri, server.user, server.password, MODEL, clock=Clock(), patience_seconds=0)
        stuffing = disk / "stuffing"
        with store.lease("writer") as lease:
            batches = fill(Hand(store, lease), stuffing)
            written, failed, told = write_until_full(store, batches)
            assert "make room" in told
            assert "\n" not in told
            with pytest.raises(StoreAway, match="restart it"):
                store.apply(failed)
            server.kill()
            stuffing.unlink()
            server.up()

            assert set(store.read([box(f"b{written}-0"), box(f"b{written - 1}-0")])) == {box(f"b{written - 1}-0")}
            assert store.apply(failed) is True
        assert store.health().counts["item"] == (written + 1) * 2_000
        store.close()
    finally:
        server.kill()


def fill(hand: Hand, stuffing: Path) -> Iterator[Batch]:
    """Leave little room on the disk, then make batches for ever."""
    room = os.statvfs(stuffing.parent)
    stuffing.write_bytes(bytes(room.f_bavail * room.f_frsize - LEFT_BYTES))
    for number in range(100):
        yield hand.batch(create=tuple(new(f"b{number}-{one}", name="y" * 200) for one in range(2_000)))


def write_until_full(store: Neo4jStore, batches: Iterator[Batch]) -> tuple[int, Batch, str]:
    """How many batches went in, the one that did not, and what was said."""
    for number, batch in enumerate(batches):
        try:
            store.apply(batch)
        except StoreFull as error:
            return number, batch, str(error)
    raise AssertionError("the disk never filled")
