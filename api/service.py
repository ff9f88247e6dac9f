"""What ``driftline serve`` runs besides HTTP: due times become visits, visits become rows of the book."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from driftline.api.engine import Engine
from driftline.api.ops import Ops, Slot, State
from driftline.api.pipeline import Report
from driftline.api.site import Site
from driftline.api.writer import SameSource, TooOld, Writer
from driftline.config import ConfigurationError, Target
from driftline.graph.errors import FenceLost, StoreError
from driftline.graph.records import Outcome

log = logging.getLogger(__name__)

STATES: Mapping[Outcome, State] = {
    Outcome.COMPLETE: State.COMPLETE,
    Outcome.PARTIAL: State.PARTIAL,
    Outcome.QUARANTINED: State.PARTIAL,
    Outcome.FAILED: State.FAILED,
    Outcome.UNREACHABLE: State.FAILED,
    Outcome.REFUSED: State.REFUSED,
    Outcome.RUNNING: State.FAILED,
}
ATTEMPTS = 3
"""How often a target that does not answer is tried within one due time."""
PAUSE_SECONDS = 60


class Resting(Exception):
    """A target is left alone for a while, after visits that failed."""


@dataclass
class Service:
    """The running side of one installation. ``ended`` is set when it cannot go on, ``why`` says why."""

    site: Site
    writer: Writer
    ops: Ops
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    why: str = ""
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.site, self.writer, self._claim, insistent=False)

    async def visit(self, target: Target, slot: Slot) -> None:
        """Visit a target for a due time; whatever comes of it stands in the row."""
        self.ops.begin(slot, self.site.clock.ms())
        try:
            drops = await self.engine.import_records()
            report = await self._read(target, slot)
            if any(drop.unbound for drop in drops):
                await self.engine.import_records()
        except asyncio.CancelledError:
            self._end(slot, State.CANCELLED, "the program was stopped")
            raise
        except (SameSource, TooOld, Resting) as error:
            self._end(slot, State.SKIPPED, str(error))
        except FenceLost as error:
            self._end(slot, State.FAILED, str(error))
            self.why = str(error)
            self.ended.set()
        except (ConfigurationError, StoreError, OSError) as error:
            self._end(slot, State.FAILED, str(error))
        except Exception:  # the schedule must outlive a bug of one visit
            log.exception("visit %s", slot.run)
            self._end(slot, State.FAILED, "a bug in driftline; the log has its trace")
        else:
            self._told(target, slot, report)

    def refused(self, target: Target) -> str:
        """Why a target is not to be asked: its source refused exactly these terms before."""
        since = self.ops.refused(target.name, self._terms(target))
        return "" if since is None else "refused before; change the configuration, or: driftline visit " + target.name

    def _claim(self, target: str, source: str) -> str:
        return self.ops.claim(target, source, [one.name for one in self.site.settings.targets])

    async def _read(self, target: Target, slot: Slot) -> Report:
        if why := self.engine.lines.resting(target):
            raise Resting(why)
        pause = min(PAUSE_SECONDS, target.every.total_seconds() / 10)
        for attempt in range(1, ATTEMPTS):
            report = await self.engine.visit(target, _run(slot, attempt))
            if report.run.outcome is not Outcome.UNREACHABLE:
                return report
            log.warning("%s; tried again in %.0f s", report.run.error, pause * attempt)
            await asyncio.sleep(pause * attempt)
        return await self.engine.visit(target, _run(slot, ATTEMPTS))

    def _told(self, target: Target, slot: Slot, report: Report) -> None:
        if report.run.outcome is Outcome.REFUSED:
            self.ops.refuse(target.name, self._terms(target), self.site.clock.ms())
        self._end(slot, STATES[report.run.outcome], report.run.error, report.run.id)
        log.info(
            "visit %s %s: %d items, %d changes, %d verdicts",
            report.run.id,
            report.run.outcome.value,
            report.run.items,
            len(report.changes),
            len(report.verdicts),
        )

    def _end(self, slot: Slot, state: State, reason: str, run: str | None = None) -> None:
        self.ops.end(slot, state, reason, self.site.clock.ms(), run)
        if state not in {State.COMPLETE, State.PARTIAL}:
            log.warning("visit %s %s: %s", run or slot.run, state.value, reason)

    def _terms(self, target: Target) -> str:
        """A fingerprint of everything a login depends on; secrets go in, and cannot be got out."""
        accounts = [self.site.settings.credentials[name] for name in target.accounts]
        try:
            secrets = [self.site.secrets.open(secret) for one in accounts for secret in one.secrets]
        except ConfigurationError:
            return ""
        said = "|".join([target.model_dump_json(), *(one.model_dump_json() for one in accounts), *secrets])
        return hmac.new(self.site.site_key, said.encode(), sha256).hexdigest()


def _run(slot: Slot, attempt: int) -> str:
    return f"{slot.run}.{attempt}" if attempt > 1 else str(slot.run)
