"""Files of change requests, people and services on their way into the memory, and what they do to verdicts."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from driftline.api.judging import records
from driftline.api.output import iso
from driftline.api.records import Drop, Records
from driftline.api.rejudging import judge_due
from driftline.api.site import ReplayClock, Site
from driftline.api.writer import Halting
from driftline.collectors.records.files import BadFiles
from driftline.config import RecordFiles, Settings
from driftline.diff.words import Outcome, Verdict
from driftline.graph.dump import dump
from driftline.graph.model.change_records import RfcVersion
from driftline.graph.model.values import Ms
from driftline.graph.records import Run
from driftline.graph.store import Direction
from tests.api.visits import HOUR, START, Memory, machine

VISIT_1, VISIT_2 = START + HOUR, START + 2 * HOUR


@dataclass
class Files:
    """A memory of visits, and a folder of files beside it."""

    memory: Memory
    folder: Path
    site: Site

    def write(self, name: str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
        """A drop of CSV files."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        for table, rows in tables.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            (place / f"{table}.csv").write_text(text.getvalue())
        return place

    def take(self, path: Path, now: int, *, people: bool = False, beside: Sequence[Path] = ()) -> Drop:
        """Take a drop in; ``beside``: others of its source."""
        with self.memory.store.lease("files") as lease:
            kept = Records(self.site, self.memory.store, Halting(lease))
            paths = (path, *beside)
            source = RecordFiles.model_validate({"source": "itsm", "people" if people else "changes": paths})
            return kept.take(source, path, Ms(now), people=people)

    def bind_late(self, now: int) -> None:
        """What a visit does at its end."""
        with self.memory.store.lease("files") as lease:
            Records(self.site, self.memory.store, Halting(lease)).bind_late(f"late@{now}", Ms(now))

    def due(self, now: int) -> None:
        """What a visit does at its end."""
        with self.memory.store.lease("files") as lease:
            judge_due(self.memory.store, lease, self.site.policy, f"due@{now}", Ms(now))

    def verdicts(self) -> list[str]:
        """Every verdict that stands."""
        return sorted(v.verdict.value for v in records(self.memory.store, Verdict))

    def facts(self) -> list[str]:
        """The memory as facts."""
        return list(dump(self.memory.store, facts=True))


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    """An empty memory."""
    memory = Memory.at(tmp_path)
    environ = {"DRIFTLINE__CAPTURES": str(tmp_path / "data" / "captures")}
    site = Site(Settings.load(None, environ), environ, "local:tester", ReplayClock())
    memory.policy = site.policy
    yield Files(memory, tmp_path, site)
    memory.store.close()


def request(
    scope: Sequence[Mapping[str, str]],
    *,
    after: int = VISIT_1,
    until: int = VISIT_2 + HOUR,
    approved: int = START,
    **more: str,
) -> dict[str, list[Mapping[str, str]]]:
    """One request as five tables; approved before the first visit, its window around the second."""
    rfc = {"source_id": "1", "valid_from": iso(START - HOUR), "type": "normal", "state": "approved"}
    return {
        "rfcs": [rfc | {"opened_at": iso(START - HOUR)} | more],
        "windows": [{"source_id": "1", "start": iso(after - HOUR), "end": iso(until)}],
        "scope": [{"source_id": "1", **line} for line in scope],
        "approvals": [{"source_id": "1", "approver": "boss", "decided_at": iso(approved)}],
    }


def changed(files: Files) -> None:
    """Two visits, between which vm1 got more processors."""
    files.memory.visit([machine("vm-1", 1)])
    files.memory.visit([machine("vm-1", 1, cpu_count=4)])


def test_a_request_that_comes_later_changes_the_verdict(files: Files) -> None:
    """Unapproved as long as nobody knows the request; approved once its file is in, with a revision of the verdict."""
    changed(files)
    assert files.verdicts() == [Outcome.UNAPPROVED.value]
    drop = files.take(files.write("changes", request([{"text": "vm1", "kind": "VirtualMachine"}])), VISIT_2 + HOUR)
    assert (drop.rfcs, drop.rejudged, drop.unbound) == (1, 1, ())
    assert files.verdicts() == [Outcome.AUTHORISED.value]


def test_the_same_drop_again_is_nothing(files: Files) -> None:
    """A drop is its content: not a byte of the memory moves, whenever it is dropped again."""
    changed(files)
    place = files.write("changes", request([{"text": "vm1"}]))
    first = files.take(place, VISIT_2 + HOUR)
    before = list(dump(files.memory.store))
    second = files.take(place, VISIT_2 + 9 * HOUR)
    assert (first.already, second.already) == (False, True)
    assert [line for line in dump(files.memory.store) if '"family":"book"' not in line] == [
        line for line in before if '"family":"book"' not in line
    ]


def test_content_that_comes_back_counts_again(files: Files) -> None:
    """A, B, A: the third drop is the newest word, and not a repetition."""
    changed(files)
    one, other = request([{"text": "vm1"}]), request([{"text": "vm1"}], title="another")
    place = files.write("changes", one)
    runs = [files.take(place, VISIT_2 + HOUR).run]
    files.write("changes", other)
    runs.append(files.take(place, VISIT_2 + 2 * HOUR).run)
    files.write("changes", one)
    runs.append(files.take(place, VISIT_2 + 3 * HOUR).run)
    assert runs[2] == f"{runs[0]}#1"
    assert [v.title for v in records(files.memory.store, RfcVersion)] == [""]


def test_a_bad_file_leaves_nothing(files: Files) -> None:
    """All of a drop or nothing of it."""
    changed(files)
    before = files.facts()
    bad = request([{"text": "vm1"}])
    bad["windows"] = [{"source_id": "1", "start": "soon", "end": iso(VISIT_2)}]
    with pytest.raises(BadFiles, match=r"windows.csv:2: start"):
        files.take(files.write("changes", bad), VISIT_2 + HOUR)
    assert files.facts() == before


def test_a_text_that_nobody_knows_is_bound_when_its_ci_appears(files: Files) -> None:
    """It stays listed until then, matches nothing, and the verdicts follow."""
    drop = files.take(files.write("changes", request([{"text": "vm1", "kind": "VirtualMachine"}])), START)
    assert drop.unbound == ('rfc:itsm:1: "vm1" is no known CI',)
    changed(files)
    assert files.verdicts() == [Outcome.UNAPPROVED.value]
    files.bind_late(VISIT_2 + 60_000)
    assert files.verdicts() == [Outcome.AUTHORISED.value]
    (version,) = records(files.memory.store, RfcVersion)
    assert (version.scope[0].unresolved, version.scope[0].assumed) == ("", False)
    before = files.facts()
    files.bind_late(VISIT_2 + 120_000)
    assert files.facts() == before


def test_a_filter_is_resolved_at_the_first_reading_after_its_approval(files: Files) -> None:
    """Nothing was read when it was approved, so the set is assumed, and says so."""
    lines = [{"by": "selector", "text": "kind=VirtualMachine&name.starts=vm"}]
    files.take(files.write("changes", request(lines)), START)
    changed(files)
    files.bind_late(VISIT_2 + 60_000)
    (version,) = records(files.memory.store, RfcVersion)
    assert version.scope[0].assumed
    assert files.verdicts() == [Outcome.AUTHORISED.value]


def test_a_filter_waits_for_its_approval(files: Files) -> None:
    """A file replayed with all its future in it: the set is that of the approval, not of the day of the file."""
    files.memory.visit([machine("vm-1", 1, name="web-1")])
    approved = VISIT_2 + 120_000
    lines = [{"by": "selector", "text": "name.starts=web"}]
    files.take(files.write("changes", request(lines, until=VISIT_2 + 9 * HOUR, approved=approved)), VISIT_1 + 90_000)
    files.memory.visit([machine("vm-1", 1, name="web-1"), machine("vm-2", 2, name="web-2")])
    files.bind_late(VISIT_2 + 60_000)
    assert len(records(files.memory.store, RfcVersion)[0].scope[0].cis) == 1
    files.bind_late(approved + HOUR)
    (version,) = records(files.memory.store, RfcVersion)
    assert len(version.scope[0].cis) == 2
    assert not version.scope[0].assumed


def test_a_filter_does_not_grow_after_its_approval(files: Files) -> None:
    """A machine that came later was not approved; nobody's verdict changes by a rename into the filter."""
    files.memory.visit([machine("vm-1", 1, name="web-1"), machine("vm-2", 2, name="sql-2")])
    approved = VISIT_1 + 120_000
    lines = [{"by": "selector", "text": "name.starts=web"}]
    place = files.write("changes", request(lines, after=VISIT_1 + HOUR, until=VISIT_2 + 9 * HOUR, approved=approved))
    files.take(place, approved + 1_000)
    files.memory.visit([machine("vm-1", 1, name="web-1"), machine("vm-2", 2, name="web-2")])
    files.memory.visit([machine("vm-1", 1, name="web-1"), machine("vm-2", 2, name="web-2", cpu_count=8)])
    files.bind_late(VISIT_2 + 2 * HOUR)
    (version,) = records(files.memory.store, RfcVersion)
    assert len(version.scope[0].cis) == 1
    cpu = next(v for v in records(files.memory.store, Verdict) if "cpu" in v.sentence)
    assert cpu.verdict is Outcome.UNAPPROVED


def test_a_ci_renamed_since_is_still_the_one_meant(files: Files) -> None:
    """A request keeps the CI that its text was bound to, also when the file is read again."""
    files.memory.visit([machine("vm-1", 1)])
    place = files.write("changes", request([{"text": "vm1"}]))
    files.take(place, VISIT_1 + 120_000)
    files.memory.visit([machine("vm-1", 1, name="renamed")])
    files.write("changes", request([{"text": "vm1"}], title="with a title now"))
    drop = files.take(place, VISIT_2 + HOUR)
    assert drop.unbound == ()
    (version,) = records(files.memory.store, RfcVersion)
    assert len(version.scope[0].cis) == 1


def test_an_emergency_whose_review_is_overdue_is_judged_again(files: Files) -> None:
    """Time alone changes its verdict; the visit after the due time says so."""
    changed(files)
    lines = request([{"text": "vm1"}], type="emergency", state="implement")
    del lines["approvals"]
    drop = files.take(files.write("changes", lines), VISIT_2 + HOUR)
    assert drop.rejudged == 1
    assert files.verdicts() == [Outcome.EMERGENCY.value]
    files.due(VISIT_2 + 2 * HOUR)
    assert files.verdicts() == [Outcome.EMERGENCY.value]
    files.due(VISIT_2 + 100 * HOUR)
    assert files.verdicts() == [Outcome.UNAPPROVED.value]


def test_a_freeze_that_was_declared_is_seen_in_the_verdict(files: Files) -> None:
    """Declared before the change, resolved by its filter."""
    changed(files)
    tables = request([{"text": "vm1"}]) | {
        "freezes": [
            {
                "id": "f1",
                "start": iso(START),
                "end": iso(VISIT_2 + HOUR),
                "declared_at": iso(START),
                "selector": "name=vm1",
            }
        ]
    }
    files.take(files.write("changes", tables), VISIT_2 + HOUR)
    assert files.verdicts() == [Outcome.OUT_OF_WINDOW.value]


PEOPLE = {
    "people": [{"login": "LAB\\alice", "name": "Alice", "mail": "alice@example.com"}],
    "services": [{"name": "shop", "criticality": "high", "relies_on": "vm1", "owner": "LAB\\alice"}],
    "owners": [{"ci": "vm1", "kind": "VirtualMachine", "owner": "LAB\\alice"}],
}


def test_people_own_cis_once_both_are_known(files: Files) -> None:
    """Unbound texts are listed; after the visit the same file gives the links, and they are no changes to judge."""
    place = files.write("people", PEOPLE)
    first = files.take(place, START, people=True)
    assert len(first.unbound) == 2
    files.memory.visit([machine("vm-1", 1)])
    second = files.take(place, VISIT_1 + 120_000, people=True)
    assert (second.already, second.unbound) == (False, ())
    (vm,) = files.memory.live("VirtualMachine")
    (owned,) = files.memory.store.links([vm], Direction.OUT, ["OWNED_BY"])
    relied = files.memory.store.links([vm], Direction.IN, ["RELIES_ON"])
    assert owned.dst.startswith("Person.")
    assert len(relied) == 1
    assert files.verdicts() == []
    assert files.take(place, VISIT_1 + 240_000, people=True).already
    assert "alice@example.com" not in "".join(line for line in files.facts() if '"family":"person"' not in line)


def test_what_people_said_of_a_ci_stays_when_its_text_means_no_single_ci_any_more(files: Files) -> None:
    """A machine whose name another one takes as well keeps owner and service; what binds now is added (decision D1)."""
    files.memory.visit([machine("vm-1", 1), machine("vm-2", 2), machine("vm-3", 3)])
    (owned, _, more) = sorted(files.memory.live("VirtualMachine"))
    place = files.folder / "people.json"
    said = {"version": 1, "full": True, "people": PEOPLE["people"], "owners": PEOPLE["owners"]}
    place.write_text(json.dumps(said | {"services": [{"name": "shop", "relies_on": ["vm1"]}]}))
    files.take(place, VISIT_1 + 120_000, people=True)
    files.memory.visit([machine("vm-1", 1), machine("vm-2", 2, name="vm1"), machine("vm-3", 3)])
    place.write_text(json.dumps(said | {"services": [{"name": "shop", "relies_on": ["vm1", "vm3"]}]}))
    drop = files.take(place, VISIT_2 + 120_000, people=True)
    assert len(drop.unbound) == 2
    links = files.memory.store.links
    assert [link.type for link in links([owned], Direction.OUT, ["OWNED_BY"])] == ["OWNED_BY"]
    assert [link.dst for link in links([owned, more], Direction.IN, ["RELIES_ON"])] == [owned, more]


def test_of_two_full_files_of_one_source_neither_says_who_is_gone(files: Files) -> None:
    """Each has its own people; what is in the other one is not gone, and both say so."""
    places = [files.folder / "one.json", files.folder / "two.json"]
    for place, name in zip(places, ("alpha", "beta"), strict=True):
        place.write_text(json.dumps({"version": 1, "full": True, "teams": [{"name": name, "contact": "1"}]}))
    for number, place in enumerate((*places, *places, *places)):
        place.write_text(place.read_text().replace('"contact": "', '"contact": "1'))
        drop = files.take(place, START + number * 60_000, people=True, beside=places)
        assert "nothing is taken as gone" in drop.caveats[-1]
    assert sorted(str(team["name"]) for team in files.memory.live("Team").values()) == ["alpha", "beta"]


def test_of_two_full_files_of_one_source_neither_ends_the_requests_of_the_other(files: Files) -> None:
    """A request that another file holds was not deleted, and its change stays approved."""
    changed(files)
    files.take(files.write("changes", request([{"text": "vm1"}])), VISIT_2 + HOUR)
    place = files.folder / "more.json"
    more = {"source_id": "2", "valid_from": iso(START), "type": "normal", "state": "approved", "opened_at": iso(START)}
    place.write_text(json.dumps({"version": 1, "full": True, "extracted_at": iso(START + HOUR), "rfcs": [more]}))
    files.take(place, VISIT_2 + 2 * HOUR, beside=[files.folder / "changes"])
    assert files.verdicts() == [Outcome.AUTHORISED.value]


def test_a_cut_import_is_taken_up(files: Files) -> None:
    """The program ends between the records and their verdicts: the same drop again judges what was left."""
    changed(files)
    place = files.write("changes", request([{"text": "vm1"}]))
    with files.memory.store.lease("files") as lease:
        halting = Halting(lease)
        kept = Records(files.site, files.memory.store, halting)
        written = files.memory.store.apply

        def once(batch: object) -> bool:
            halting.halt.set()
            return written(batch)  # type: ignore[arg-type]  # passed on

        files.memory.store.apply = once  # type: ignore[method-assign]  # ends after the first batch
        with pytest.raises(Exception, match="stopped between two writes"):
            kept.take(RecordFiles(source="itsm", changes=(place,)), place, Ms(VISIT_2 + HOUR), people=False)
        files.memory.store.apply = written  # type: ignore[method-assign]  # as it was
    assert files.verdicts() == [Outcome.UNAPPROVED.value]
    files.take(place, VISIT_2 + 2 * HOUR)
    assert files.verdicts() == [Outcome.AUTHORISED.value]
    assert [run.outcome.value for run in records(files.memory.store, Run) if run.collector == "files"] == ["complete"]
