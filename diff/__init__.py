"""Compares what a source said then and now, and judges each change against the change requests.

Enters: facets, observations, change records, a policy. Leaves: changes, verdicts, findings. Forbidden: I/O, a clock.
"""

from driftline.diff.attribution import Attribution, CiEvent, Sought, attribute
from driftline.diff.authority import Authority, Request, authorities
from driftline.diff.baseline import Slot, Standing, drift, fold
from driftline.diff.book import Book
from driftline.diff.findings import Disposition, dispose, settle
from driftline.diff.fulfilment import Sight, fulfil
from driftline.diff.policy import OnEdit, Policy, Unproven, Who
from driftline.diff.predicates import Circumstances
from driftline.diff.verdict import judge
from driftline.diff.words import (
    ActorHow,
    Baseline,
    Change,
    Finding,
    Flag,
    Fulfilled,
    Fulfilment,
    Grade,
    ItemFulfilment,
    ItemState,
    Mark,
    Outcome,
    State,
    Verdict,
    Waiver,
    Weighed,
    change_id,
)

__all__ = [
    "ActorHow",
    "Attribution",
    "Authority",
    "Baseline",
    "Book",
    "Change",
    "CiEvent",
    "Circumstances",
    "Disposition",
    "Finding",
    "Flag",
    "Fulfilled",
    "Fulfilment",
    "Grade",
    "ItemFulfilment",
    "ItemState",
    "Mark",
    "OnEdit",
    "Outcome",
    "Policy",
    "Request",
    "Sight",
    "Slot",
    "Sought",
    "Standing",
    "State",
    "Unproven",
    "Verdict",
    "Waiver",
    "Weighed",
    "Who",
    "attribute",
    "authorities",
    "change_id",
    "dispose",
    "drift",
    "fold",
    "fulfil",
    "judge",
    "settle",
]
