"""Compares what a source said then and now, and judges each change against the change requests.

Enters: facets, observations, change records, a policy. Leaves: changes, verdicts, findings. Forbidden: I/O, a clock.
"""

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
    "Baseline",
    "Change",
    "Finding",
    "Flag",
    "Fulfilled",
    "Fulfilment",
    "Grade",
    "ItemFulfilment",
    "ItemState",
    "Mark",
    "Outcome",
    "State",
    "Verdict",
    "Waiver",
    "Weighed",
    "change_id",
]
