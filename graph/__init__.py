"""The language that all rooms share, and the memory: what is known of the estate now, and what was known before.

Enters: batches and questions. Leaves: rows. Forbidden: judging, and any word of a source or of a page.
"""

from driftline.graph.errors import (
    Conflict,
    FenceLost,
    StoreAway,
    StoreDamaged,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreLocked,
    StoreNewer,
    Undeclared,
)
from driftline.graph.store import Batch, Store

__all__ = [
    "Batch",
    "Conflict",
    "FenceLost",
    "Store",
    "StoreAway",
    "StoreDamaged",
    "StoreError",
    "StoreForeign",
    "StoreFull",
    "StoreLocked",
    "StoreNewer",
    "Undeclared",
]
