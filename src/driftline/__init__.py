"""driftline reads an estate, keeps a graph of its configuration items, and says of every change whether it was approved.

The rooms, each importing only what stands below it:

    api          people and programs: command line, REST, schedule; the only place that joins the others
    collectors   readers of equipment; yield observations, write nothing
    diff         pure comparison and judgement
    graph        the language (``graph.model``) and the memory (the stores)
    config       settings and secrets
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
