"""The product's model: every kind, record and link of all rooms, in one value for the stores."""

from __future__ import annotations

from driftline.diff.words import Baseline, Change, Finding, Fulfilment, Verdict, Waiver
from driftline.graph.model.change_records import Approval, Freeze, Revocation, Rfc, RfcVersion
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.links import LINKS
from driftline.graph.model.neighbours import LinkProof, NeighbourRow, PortTable
from driftline.graph.model.schema import Model
from driftline.graph.records import RECORDS

JUDGING = (Change, Verdict, Finding, Waiver, Baseline, Fulfilment)
REQUESTS = (Rfc, RfcVersion, Approval, Revocation, Freeze)
CABLING = (NeighbourRow, PortTable, LinkProof)

MODEL = Model.of(KINDS, (*RECORDS, *REQUESTS, *JUDGING, *CABLING), LINKS)
