"""The configurations of a device as items, who changed them last as evidence, and whether the running one was saved.

The digest is of what the text means: no clock, no counter and no idle order changes it, and a rotated secret does. The
text itself stays in the capture, under the ask that printed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from driftline.collectors.capture import Capture
from driftline.collectors.coverage import groups_of
from driftline.collectors.network.cli.answers import Answer, answers_of
from driftline.collectors.network.cli.difference import differ
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.cli.rows import TextRow
from driftline.collectors.network.cli.stamps import RUNNING, STARTUP, LastChange, last_changes
from driftline.collectors.network.cli.tree import digest
from driftline.graph.model.declare import Ref
from driftline.graph.model.network import ConfigurationText
from driftline.graph.model.observed import Act, Coverage, Event, Stamp, Status, Unread
from driftline.graph.model.values import Ms

CLOCK_ERROR_MS, READING_ERROR_MS = 300_000, 60_000
"""How far off a stamp may be: the clock of the device was not measured; its own time of the answer was."""
DIGEST = ("digest",)


@dataclass(frozen=True, slots=True)
class Configurations:
    """The configurations of one visit. A document that was asked and not understood stands in ``failed``."""

    texts: Mapping[str, Answer]
    failed: Mapping[str, Answer]

    @classmethod
    def of(cls, capture: Capture) -> Configurations:
        """What a capture has of them."""
        asked = {answer.ask.document: answer for answer in answers_of(capture) if answer.ask.document}
        texts = {name: answer for name, answer in asked.items() if not answer.why}
        return cls(texts, {name: answer for name, answer in asked.items() if name not in texts})

    def parts(self, device: Ref) -> Iterator[ConfigurationText | Stamp | Event | Unread]:
        """Items first, then what they say of their last change, then what was not understood."""
        for name, answer in sorted(self.texts.items()):
            unsaved = self._unsaved() if name == RUNNING else None
            yield ConfigurationText(
                document=name, digest=digest(text_of(answer), answer.platform), unsaved=unsaved, device=device
            )
        for change in self.last_changes():
            yield from _evidence(change, device)
        for answer in self.failed.values():
            yield Unread(answer.ask.command, "reply", answer.why)

    def last_changes(self) -> list[LastChange]:
        """What the texts say of their own last change, each statement once."""
        told = (
            change
            for name, answer in sorted(self.texts.items())
            for change in last_changes(text_of(answer), name, Ms((answer.start_ms + answer.end_ms) // 2))
        )
        newest: dict[tuple[str, str | None], LastChange] = {}
        for change in told:
            if change.document in self.texts:
                newest.setdefault((change.document, change.user), change)
        return list(newest.values())

    def coverage(self) -> Iterator[Coverage]:
        """Complete only where every document of the platform was asked and is one; nothing where none was asked."""
        asked = [*self.texts.values(), *self.failed.values()]
        if not asked:
            return
        errors = tuple(f"{answer.ask.command}: {answer.why}" for answer in self.failed.values())
        errors += tuple(f"{document}: not asked" for document in self._missing(asked[0].platform))
        status = Status.COMPLETE if not errors else Status.PARTIAL if self.texts else Status.FAILED
        start, end = min(answer.start_ms for answer in asked), max(answer.end_ms for answer in asked)
        for group in groups_of(ConfigurationText):
            yield Coverage(ConfigurationText.kind, group, status, len(self.texts), start, end, errors)

    def _missing(self, platform: str) -> list[str]:
        """Documents of the platform that a visit which was cut did not come to."""
        known = {ask.document for ask in PLATFORMS[platform].asks if ask.document}
        return sorted(known - set(self.texts) - set(self.failed))

    def _unsaved(self) -> bool | None:
        """Whether the running configuration differs from the one a restart would load; None where one is not known."""
        if RUNNING not in self.texts or STARTUP not in self.texts:
            return None
        running, startup = self.texts[RUNNING], self.texts[STARTUP]
        return bool(differ(text_of(startup), text_of(running), running.platform))


def text_of(answer: Answer) -> str:
    """The text of an answer that is one."""
    return next((row.text for row in answer.rows if isinstance(row, TextRow)), "")


def _evidence(change: LastChange, device: Ref) -> Iterator[Stamp | Event]:
    """A stamp dates the change (grade B). The user it names is a candidate, not proof: others may have come before."""
    if change.at_ms is None:
        return
    document = Ref(ConfigurationText.kind, "document", (change.document,), device)
    yield Stamp(document, change.at_ms, DIGEST, READING_ERROR_MS if change.by_reading else CLOCK_ERROR_MS)
    if change.user:
        yield Event(
            id=f"configuration/{change.document}/{change.at_ms}",
            at_ms=change.at_ms,
            item=document,
            type="configuration stamp",
            act=Act.CHANGED,
            actor=change.user,
            can_change=DIGEST,
        )
