"""What can go wrong with a store, by what the caller must do.

Every text is one line: what, where (a path or an address), what to do.
"""


class StoreError(Exception):
    """Something about the store; the text says what, where, and what to do.

    StoreError
    ├── Conflict       our difference was stale: read again, compare again, never send again
    ├── FenceLost      another writer took over: stop writing
    ├── StoreLocked    another writer holds the store: wait, or end it
    ├── StoreFull      no space left; nothing was written
    ├── StoreAway      no answer, outcome unknown: send the same batch again
    ├── StoreDamaged   the file or database cannot be trusted: restore a backup
    ├── StoreNewer     written by a newer driftline: upgrade
    ├── StoreForeign   holds something that is not ours
    └── Undeclared     a filter or order on a field that declares no access path
    """


class Conflict(StoreError):
    """The batch contradicts what is stored; nothing was written."""


class FenceLost(StoreError):
    """A newer lease exists; nothing was written."""


class StoreLocked(StoreError):
    """Another writer holds the lease."""


class StoreFull(StoreError):
    """No space; nothing was written."""


class StoreAway(StoreError):
    """The store did not answer; a batch under way may or may not be in."""


class StoreDamaged(StoreError):
    """The store fails its own checks."""


class StoreNewer(StoreError):
    """The store's schema is newer than this program."""


class StoreForeign(StoreError):
    """The database holds data that driftline did not write."""


class Undeclared(StoreError):
    """No declared access path serves this filter or order."""
