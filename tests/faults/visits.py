"""A week of visits and change records that is lived by a process which is killed at a named step of a batch.

A step is a phase of the pipeline (the last word of a batch's id) and a side of its transaction: before it, inside it
right before the commit, after it. The product knows nothing of this.
"""

from __future__ import annotations

import os
import shutil
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from driftline.api import demo
from driftline.api.replaying import captures_of
from driftline.api.site import ReplayClock, Site
from driftline.api.writer import Writer, runs_of
from driftline.collectors.capture import Capture
from driftline.config import Settings
from driftline.graph.dump import dump
from driftline.graph.model.values import Ms
from driftline.graph.store import Batch, Store

DEMO = Path(str(demo.__path__[0]))
SIDES = ("before", "inside", "after")

Step = tuple[Ms, Capture | Path]
"""When the clock stands where, and what is taken in then."""


@dataclass
class Hand:
    """Counts the steps that are met, and kills this process when one is met for the n-th time."""

    step: tuple[str, str] | None = None
    number: int = 1
    met: Counter[tuple[str, str]] = field(default_factory=Counter)
    phase: str = ""

    def touch(self, side: str) -> None:
        """A side of the transaction of the present batch is reached."""
        step = (self.phase, side)
        self.met[step] += 1
        if step == self.step and self.met[step] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)

    def on(self, apply: Callable[[Store, Batch], bool]) -> Callable[[Store, Batch], bool]:
        """The same method with both outer sides felt."""

        def felt(store: Store, batch: Batch) -> bool:
            self.phase = phase_of(batch)
            self.touch("before")
            written = apply(store, batch)
            self.touch("after")
            self.phase = ""
            return written

        return felt


def phase_of(batch: Batch) -> str:
    """``items`` of ``vc@1/ab12/items/0``."""
    return next(part for part in reversed(batch.id.split("/")) if not part.isdigit())


def site_at(folder: Path, scene: Path, **environ: str) -> Site:
    """The demo's installation with its data in this folder."""
    given = {
        "DRIFTLINE__STORE": f'{{kind: sqlite, path: "{folder / "store.db"}"}}',
        "DRIFTLINE__CAPTURES": str(folder / "captures"),
    } | environ
    (folder / "site.key").write_bytes(b"k" * 32)  # the same people in every folder
    return Site(Settings.load(scene / "driftline.yaml", given), given, "local:tester", ReplayClock())


def scene_in(folder: Path) -> Path:
    """A copy of the demo: a week must not change while it is lived again and again."""
    wanted = ("captures", "people", "requests", "driftline.yaml", "policy.yaml")
    scene = folder / "scene"
    shutil.copytree(DEMO, scene, ignore=lambda at, names: set(names) - set(wanted) if Path(at) == DEMO else set())
    return scene


def live(site: Site, steps: Sequence[Step]) -> None:
    """Live the week from the step that was under way, which is taken again."""
    clock, heard = site.clock, site.data / "heard"
    assert isinstance(clock, ReplayClock)
    done = int(heard.read_text()) if heard.exists() else 0
    captures = [what for _, what in steps if isinstance(what, Capture)]
    (source,) = site.settings.records
    with Writer.open(site, replaying=runs_of(captures)) as writer:
        for number, (at, what) in enumerate(steps[done:], done + 1):
            clock.at_ms = at
            if isinstance(what, Capture):
                writer.take(what)
            else:
                writer.records.take(source, what, at, people=what in source.people)
            heard.write_text(str(number))


def killed(site: Site, scene: Path, hand: Hand, arm: Callable[[Hand], None]) -> int:
    """Live in a process of its own; return its exit status (-9: killed). ``arm`` puts the hand on the store."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        arm(hand)
        live(site, week(scene))
        os._exit(0)
    except BaseException:  # noqa: BLE001 -- a child must not return into the test run
        (site.data / "error").write_text(traceback.format_exc())
        os._exit(1)


def week(scene: Path) -> list[Step]:
    """Captures in order, and files of people and requests between them."""
    captures = captures_of([scene / "captures"])
    given = [scene / "people", *sorted((scene / "requests").iterdir())]
    steps: list[Step] = [(Ms(captures[0].start_ms - 1), path) for path in given[:2]]
    for number, capture in enumerate(captures):
        steps.append((capture.end_ms, capture))
        if number == 0:
            steps.append((Ms(capture.end_ms + 1), given[0]))  # by now its texts are known
        if number % 3 == 2 and number // 3 + 2 < len(given):
            steps.append((Ms(capture.end_ms + 1), given[number // 3 + 2]))
    return steps


def facts(site: Site) -> list[str]:
    """The facts form of the dump."""
    with site.store() as store:
        return list(dump(store, facts=True))


def arm_sqlite(hand: Hand) -> None:
    """Feel the batches of SQLite; inside is the statement that commits."""
    from driftline.graph.sqlite import SqliteStore, connection  # noqa: PLC0415 -- only the child that needs it

    connect = connection.sqlite3.connect

    def told(*place: Any, **more: Any) -> Any:  # noqa: ANN401 -- as the library has it
        made = connect(*place, **more)
        made.set_trace_callback(lambda text: hand.touch("inside") if hand.phase and text == "COMMIT" else None)
        return made

    connection.sqlite3.connect = told
    SqliteStore.apply = hand.on(SqliteStore.apply)  # type: ignore[method-assign, assignment, arg-type]  # felt, not changed


def arm_neo4j(hand: Hand) -> None:
    """Feel the batches of Neo4j; inside is the commit before it is sent."""
    from neo4j import Transaction  # noqa: PLC0415 -- only the child that needs it

    from driftline.graph.neo4j import Neo4jStore  # noqa: PLC0415 -- the same

    commit = Transaction.commit

    def felt(tx: Transaction) -> None:
        if hand.phase:
            hand.touch("inside")
        commit(tx)

    Transaction.commit = felt  # type: ignore[method-assign, assignment]  # felt, not changed
    Neo4jStore.apply = hand.on(Neo4jStore.apply)  # type: ignore[method-assign, assignment, arg-type]  # the same
