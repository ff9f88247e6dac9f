"""What was learned about devices, in ``ops.db``: reply sizes, pinned host keys, who rests and until when.

Beside the book of the schedule and not in it: any process may open it, as a visit by hand learns too. The last one that
visited a device is right. There is no secret in it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from driftline.collectors.network.accounts import Learned

TABLE = """
CREATE TABLE IF NOT EXISTS peer (
    target TEXT PRIMARY KEY, address TEXT NOT NULL, engine_id TEXT NOT NULL, learned TEXT NOT NULL
) WITHOUT ROWID
"""
PATIENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Peers:
    """The memory. Opened for each use: a visit uses it three times."""

    path: Path

    def learned(self, target: str, address: str) -> Learned:
        """What is known of the device of a target; nothing if the target has another address now."""
        if self.path.exists():
            with closing(self._open()) as connection:
                row = connection.execute("SELECT address, learned FROM peer WHERE target = ?", (target,)).fetchone()
            if row and row[0] == address:
                return Learned.load(row[1])
        return Learned()

    def keep(self, target: str, address: str, learned: Learned) -> None:
        """Remember."""
        row = (target, address, learned.snmp.engine_id.hex(), learned.dump())
        with closing(self._open()) as connection, connection:
            connection.execute("INSERT OR REPLACE INTO peer VALUES (?, ?, ?, ?)", row)

    def twins(self, engine_id: bytes, address: str) -> list[str]:
        """Targets at other addresses that showed the same engine id, as ``name (address)``."""
        if not self.path.exists():
            return []
        ask = "SELECT target, address FROM peer WHERE engine_id = ? AND address <> ? ORDER BY target"
        with closing(self._open()) as connection:
            return [f"{name} ({where})" for name, where in connection.execute(ask, (engine_id.hex(), address))]

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self.path, timeout=PATIENCE_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(TABLE)
        return connection
