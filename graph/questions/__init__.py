"""Questions to the memory: typed functions that take a viewer and a store and return frozen rows, equal on both stores.

Nothing here writes, and nothing above this room writes Cypher or SQL.
"""

__all__: list[str] = []
