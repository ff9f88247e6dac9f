"""How a configuration differs from the one before it, told from the captures that hold both texts.

The store keeps what a text means as a digest; the text itself is evidence and stays where it was read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from driftline.api.site import NoSuch
from driftline.collectors.capture import Capture, Damaged
from driftline.collectors.network.cli.answers import Answer
from driftline.collectors.network.cli.configuration import Configurations, text_of
from driftline.collectors.network.cli.difference import Line, differ
from driftline.collectors.network.cli.tree import digest
from driftline.diff.words import Change
from driftline.graph.model.bodies import record_of
from driftline.graph.model.network import ConfigurationText
from driftline.graph.questions.scan import scan
from driftline.graph.records import Run
from driftline.graph.store import Compare, Cond, Store

FAR = 200
"""So many visits back a text is looked for: it was there at the last visit that read it."""


class NoText(NoSuch):
    """The texts of a change cannot be shown; the text says why."""


@dataclass(frozen=True, slots=True)
class TextDifference:
    """The lines that differ, and the captures that hold the text before and after."""

    change: str
    document: str
    before: str
    after: str
    lines: tuple[Line, ...]


def text_difference(store: Store, captures: Path, change_id: str) -> TextDifference:
    """How the text of a changed configuration differs from the one before.

    Raises:
        NoText: there is no such change, it is not of a text, or a text is no longer kept.
    """
    found = store.find(Change.kind, [Cond("id", Compare.EQ, change_id)])
    if not found:
        raise NoText(f'no change "{change_id}"; see: driftline changes list')
    change = record_of(Change, found[0].body)
    if change.ci_kind != ConfigurationText.kind or change.path != "digest" or change.old is None or change.new is None:
        raise NoText("only a change of a configuration's digest has texts to compare")
    document = str(store.read([change.ci])[change.ci].attrs["document"])
    old, new = json.loads(change.old), json.loads(change.new)
    after = _kept(captures, change.capture, document, new)
    if after is None:
        raise NoText(f"the capture {change.capture} with the text is not in {captures}")
    for capture in islice(_before(store, change), FAR):
        before = _kept(captures, capture, document, old)
        if before is not None:
            lines = differ(text_of(before), text_of(after), after.platform)
            return TextDifference(change.id, document, capture, change.capture, lines)
    raise NoText(
        f"no capture in {captures} has the text before: the last {FAR} visits of {change.source} were looked at"
    )


def _before(store: Store, change: Change) -> Iterator[str]:
    """Captures of the source from before the change was seen, the newest first."""
    where = [Cond("source", Compare.EQ, change.source), Cond("started_ms", Compare.LT, change.upper_ms)]
    for row in scan(store, "Run", where, order="started_ms", descending=True):
        run = record_of(Run, row.body)
        if run.capture and run.capture != change.capture:
            yield run.capture


def _kept(captures: Path, capture: str, document: str, wanted: str) -> Answer | None:
    """The answer in a capture whose text is the one that is wanted."""
    try:
        answer = Configurations.of(Capture.read(captures / f"{capture}.json")).texts.get(document)
    except Damaged:
        return None
    return answer if answer and digest(text_of(answer), answer.platform) == wanted else None
