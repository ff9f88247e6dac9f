"""The memory on a Neo4j server. Enters: batches and questions. Leaves: rows. Forbidden: names that no model has.

Import it only to open a store: the driver takes longer to load than most commands to run.
"""

from driftline.graph.neo4j.store import Neo4jStore

__all__ = ["Neo4jStore"]
