"""Change requests, people and services from CSV or JSON files, for sites without an interface to where they are kept.

Reads only the files it is given; needs no rights but to read them. Takes about a second for ten thousand rows.
"""

from driftline.collectors.records.files.drop import drop, run_id
from driftline.collectors.records.files.faults import BadFiles, Fault
from driftline.collectors.records.files.people import People, read_people
from driftline.collectors.records.files.reading import Reading, Words
from driftline.collectors.records.files.rfcs import Imported, read_rfcs
from driftline.collectors.records.files.schema import people_schema, rfc_schema

__all__ = [
    "BadFiles",
    "Fault",
    "Imported",
    "People",
    "Reading",
    "Words",
    "drop",
    "people_schema",
    "read_people",
    "read_rfcs",
    "rfc_schema",
    "run_id",
]
