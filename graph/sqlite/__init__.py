"""The memory in one SQLite file. Enters: batches, questions. Leaves: rows. Forbidden: names in SQL that no model has.

One process writes, any number read, and a power failure loses nothing that was acknowledged. Local disks only.
"""

from driftline.graph.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
