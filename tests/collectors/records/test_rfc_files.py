"""Change requests from files: what is read, what is refused, and what is never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from driftline.collectors.records.files import BadFiles, Imported, drop
from driftline.graph.model.change_records import Decision, ExpectedChange, Op, RfcState, RfcType, ScopeBy
from driftline.graph.model.pseudonym import pseudonym
from driftline.graph.model.values import Key, Ms, ms

Read = Callable[..., Imported]

T1, T2, T3 = "2026-03-01T08:00Z", "2026-03-02T08:00Z", "2026-03-03T08:00Z"
RFCS = (
    f"source_id,valid_from,number,type,state,requester,implementers\nR1,{T1},CHG1,Normal,Approved,rita,ivan;LAB\\inga\n"
)
WINDOWS = "source_id,start,end,zone\nR1,2026-03-05 22:00,2026-03-06 02:00,Europe/Berlin\n"
SCOPE = "source_id,by,text,kind\nR1,ci,web01,virtual_machine\nR1,selector,kind=VirtualMachine&name.starts=db,\n"
EXPECTED = "source_id,path,op,value,ci\nR1,cpu_count,set,8,VirtualMachine:web01\n"
APPROVALS = "source_id,approver,role,decided_at\nR1,anna,CAB,2026-03-02T09:00+01:00\n"
WHOLE = {
    "rfcs.csv": RFCS,
    "windows.csv": WINDOWS,
    "scope.csv": SCOPE,
    "expected.csv": EXPECTED,
    "approvals.csv": APPROVALS,
}
DOCUMENT = {
    "version": 1,
    "rfcs": [
        {
            "source_id": "R1",
            "valid_from": T1,
            "number": "CHG1",
            "type": "Normal",
            "state": "Approved",
            "requester": "rita",
            "implementers": ["ivan", "LAB\\inga"],
            "windows": [{"start": "2026-03-05 22:00", "end": "2026-03-06 02:00", "zone": "Europe/Berlin"}],
            "scope": [
                {"text": "web01", "kind": "VirtualMachine"},
                {"by": "selector", "text": "kind=VirtualMachine&name.starts=db"},
            ],
            "expected": [{"path": "cpu_count", "op": "set", "value": 8, "ci": "VirtualMachine:web01"}],
            "approvals": [{"approver": "anna", "role": "CAB", "decided_at": "2026-03-02T08:00:00+00:00"}],
        }
    ],
}


def at(text: str) -> Ms:
    """Milliseconds of an ISO time with offset."""
    return ms(datetime.fromisoformat(text))


def test_five_files_become_one_request(rfcs: Read) -> None:
    """Five CSVs (rfcs, windows, scope, expected, approvals) joined by (source_id, valid_from)."""
    read = rfcs(WHOLE)

    version = read.versions[0]
    assert (read.rfcs[0].id, read.rfcs[0].number) == ("rfc:itsm:R1", "CHG1")
    assert (version.id, version.type, version.state) == (f"rfc:itsm:R1@{at(T1)}", RfcType.NORMAL, RfcState.SCHEDULED)
    assert version.source_state == "Approved"
    assert [(w.after_ms, w.until_ms) for w in version.windows] == [
        (at("2026-03-05T21:00+00:00"), at("2026-03-06T01:00+00:00"))
    ]
    assert version.windows[0].text == "2026-03-05 22:00 Europe/Berlin - 2026-03-06 02:00 Europe/Berlin"
    assert [(s.by, s.text, s.kind, s.cis) for s in version.scope] == [
        (ScopeBy.CI, "web01", "VirtualMachine", ()),
        (ScopeBy.SELECTOR, "kind=VirtualMachine&name.starts=db", "", ()),
    ]
    assert version.expected == (ExpectedChange("cpu_count", Op.SET, "8", None, Key("VirtualMachine:web01")),)
    assert version.quorum == 1
    assert not version.version_assumed
    approval = read.approvals[0]
    assert (approval.decision, approval.decided_ms) == (Decision.APPROVED, at("2026-03-02T08:00+00:00"))
    assert approval.material_hash == version.material_hash
    assert read.read == {"approvals": 1, "expected": 1, "rfcs": 1, "scope": 2, "windows": 1}


def test_document_says_the_same_as_the_five_files(rfcs: Read) -> None:
    """The golden life of a request through every form of file yields the same common model."""
    one, other = rfcs({"changes.json": json.dumps(DOCUMENT)}), rfcs(WHOLE)

    assert one.records == other.records
    assert one.persons == other.persons


def test_run_is_the_digest_of_the_content(rfcs: Read) -> None:
    """SHA-256 of the file is the run id, so a re-drop is a no-op."""
    again = rfcs(dict(reversed(WHOLE.items())))

    assert again == rfcs(WHOLE)
    assert again.run != rfcs({**WHOLE, "rfcs.csv": RFCS + "\n"}).run
    assert len(again.run) == 64


def test_nobody_is_named_but_in_personal_fields(rfcs: Read) -> None:
    """Person = HMAC(site key, case-folded login); personal fields apart (D26)."""
    read = rfcs(WHOLE)

    text = repr((read.records, [p.values() for p in read.persons], read.caveats))
    assert not [login for login in ("rita", "ivan", "inga", "anna") if login in text]
    assert read.versions[0].requester == pseudonym(b"site", "RITA")
    assert pseudonym(b"site", "inga@lab") in read.versions[0].implementers
    assert {p.login for p in read.persons} == {"rita", "ivan", "LAB\\inga", "anna"}


def test_team_is_not_a_login(rfcs: Read) -> None:
    """implementers[person|group|service account]: a group keeps its name."""
    read = rfcs({"rfcs.csv": f"source_id,valid_from,type,state,implementers\nR1,{T1},normal,new,Team: Storage;ivan\n"})

    assert "team:Storage" in read.versions[0].implementers
    assert [p.login for p in read.persons] == ["ivan"]


def test_versions_keep_their_own_parts(rfcs: Read) -> None:
    """A file may carry several versions of one RFC; a widened window belongs to the later one alone."""
    read = rfcs(
        {
            "rfcs.csv": f"source_id,valid_from,type,state\nR1,{T3},normal,scheduled\nR1,{T1},normal,scheduled\n",
            "windows.csv": (
                "source_id,valid_from,start,end\n"
                f"R1,{T1},2026-03-05T22:00Z,2026-03-05T23:00Z\nR1,{T3},2026-03-05T20:00Z,2026-03-06T23:00Z\n"
            ),
            "approvals.csv": f"source_id,valid_from,approver,decided_at\nR1,2026-03-01T09:00+01:00,anna,{T2}\n",
        }
    )

    first, second = read.versions
    assert (first.valid_from_ms, second.valid_from_ms) == (at(T1), at(T3))
    assert first.material_hash != second.material_hash
    assert [a.material_hash for a in read.approvals] == [first.material_hash]


def test_title_is_not_material_and_order_is_nothing(rfcs: Read) -> None:
    """material_hash: title and comments are not material; canonical JSON of the rest."""
    head = "source_id,valid_from,type,state,title,implementers\n"
    one = rfcs({**WHOLE, "rfcs.csv": f"{head}R1,{T1},normal,new,Grow,ivan;inga\n"})
    other = rfcs({**WHOLE, "rfcs.csv": f"{head}R1,{T2},normal,closed,Shrink,inga;ivan\n"})
    wider = rfcs({**WHOLE, "rfcs.csv": f"{head}R1,{T2},normal,closed,Shrink,inga\n"})

    assert one.versions[0].material_hash == other.versions[0].material_hash != wider.versions[0].material_hash


def test_undated_version_is_assumed_and_dated_by_the_export(rfcs: Read) -> None:
    """valid_from comes from a column, else from the file's declared extraction time; flagged VERSION_ASSUMED."""
    files = {"rfcs.csv": "source_id,type,state\nR1,normal,new\n"}

    version = rfcs(files, extracted_ms=at(T3)).versions[0]
    assert (version.valid_from_ms, version.version_assumed) == (at(T3), True)


def test_content_edited_after_the_decision_is_assumed(rfcs: Read) -> None:
    """Approved before the content is known to have stood at the source: VERSION_ASSUMED, never silently proven."""
    files = {**WHOLE, "approvals.csv": "source_id,approver,decided_at\nR1,anna,2026-02-28T09:00Z\n"}

    assert rfcs(files).versions[0].version_assumed
    assert not rfcs(WHOLE).versions[0].version_assumed


def test_decision_without_time_is_no_approval(rfcs: Read) -> None:
    """Approvals without decided_at are not approvals."""
    read = rfcs({**WHOLE, "approvals.csv": "source_id,approver,decided_at\nR1,anna,\n"})

    assert read.approvals == ()
    assert [str(c) for c in read.caveats] == [
        "approvals.csv:2: decided_at: is empty; this is no approval until it is given"
    ]


def test_one_decision_cannot_be_on_two_contents(rfcs: Read) -> None:
    """An export that repeats a decision under every version would let an edit inherit the approval."""
    with pytest.raises(BadFiles, match=r"approvals\.csv:3: decided_at: is the decision of line 2 on other content"):
        rfcs(
            {
                "rfcs.csv": f"source_id,valid_from,type,state,risk\nR1,{T1},normal,new,low\nR1,{T2},normal,new,high\n",
                "approvals.csv": f"source_id,valid_from,approver,decided_at\nR1,{T1},anna,{T3}\nR1,{T2},anna,{T3}\n",
            }
        )


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-03-06T02:00Z", "2026-03-05T22:00Z", "does not end after it starts"),
        ("2026-03-05T22:00Z", "2026-03-05T22:00Z", "does not end after it starts"),
        ("2026-01-01T00:00Z", "2026-04-01T00:01Z", "is longer than 90 days"),
        ("2026-03-05T22:00Z", "", "has no end"),
        ("", "2026-03-05T22:00Z", "has no start"),
    ],
)
def test_window_that_cannot_be_meant_is_kept_and_does_not_count(rfcs: Read, start: str, end: str, why: str) -> None:
    """A window with end <= start, longer than 90 days, or missing an end is a warning and counts as no window."""
    read = rfcs({**WHOLE, "windows.csv": f"source_id,start,end\nR1,{start},{end}\n"})

    (window,) = read.versions[0].windows
    assert f"[no window: {why}]" in window.text
    assert not 0 < window.until_ms - window.after_ms <= 90 * 86_400_000
    assert [c.what.partition("; ")[0] for c in read.caveats] == [f"{start or '?'} - {end or '?'} {why}"]


def test_missing_timestamp_never_means_in_window(rfcs: Read) -> None:
    """A row with neither start nor end makes no window at all."""
    read = rfcs({**WHOLE, "windows.csv": "source_id,start,end\nR1,,\n"})

    assert read.versions[0].windows == ()
    assert len(read.caveats) == 1


@pytest.mark.parametrize(
    ("zone", "local", "utc", "caveat"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30Z", "does not exist"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30Z", "happens twice"),
        ("Europe/Berlin", "2026-10-25T03:30", "2026-10-25T02:30Z", ""),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30Z", "does not exist"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30Z", "happens twice"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45Z", "does not exist"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z", "happens twice"),
    ],
)
def test_nights_when_clocks_change(rfcs: Read, zone: str, local: str, utc: str, caveat: str) -> None:
    """A non-existent local time moves forward by the gap; an ambiguous one uses the first occurrence."""
    read = rfcs({**WHOLE, "windows.csv": f"source_id,start,end\nR1,{local},2026-12-01T00:00Z\n"}, zone=zone)

    assert read.versions[0].windows[0].after_ms == at(utc)
    told = [c for c in read.caveats if c.column == "start"]
    assert [caveat in c.what for c in told] == ([True] if caveat else [])


def test_zone_of_a_row_wins_over_that_of_the_files(rfcs: Read) -> None:
    """A source that gives no zone must have one set; a row's own zone is nearer."""
    row = "source_id,start,end,zone\nR1,2026-03-05T22:00,2026-03-05T23:00,Asia/Tokyo\n"

    window = rfcs({**WHOLE, "windows.csv": row}, zone="Europe/Berlin").versions[0].windows[0]
    assert window.after_ms == at("2026-03-05T13:00Z")


def test_declared_encoding_delimiter_and_headers(rfcs: Read) -> None:
    """Mapping file (columns, zone, state map, list separators); declared encoding and delimiter, no sniffing."""
    text = f"Nummer;gilt_ab;Art;Zustand;Betreff;Farbe\nR1;{T1};normal;neu;Größe;rot\n"
    headers = {
        "Nummer": "source_id",
        "gilt_ab": "valid_from",
        "Art": "type",
        "Zustand": "state",
        "Betreff": "title",
        "Farbe": "",
    }
    with pytest.raises(BadFiles, match=r'rfcs\.csv:2: state: "neu" is not known; add it to states of the mapping'):
        rfcs({"rfcs.csv": text}, delimiter=";", headers=headers)

    read = rfcs({"rfcs.csv": "\ufeff" + text.replace(";neu;", ";new;")}, delimiter=";", headers=headers)
    assert read.versions[0].title == "Größe"


def test_only_a_full_export_lets_missing_requests_be_deleted(rfcs: Read) -> None:
    """A full-export flag lets missing ids mean deletion; otherwise absence means nothing."""
    known = ["rfc:itsm:R1", "rfc:itsm:R2"]

    assert rfcs(WHOLE, extracted_ms=at(T3)).deleted(known) == ()
    (gone,) = rfcs(WHOLE, extracted_ms=at(T3), full=True).deleted(known)
    assert (gone.rfc, gone.at_ms, gone.reason) == ("rfc:itsm:R2", at(T3), "deleted")


def test_freeze_and_revocation(rfcs: Read) -> None:
    """Freeze(windows, scope, exempt types and ids, authority, declared_at, lifted_at); Revocation(rfc, at, reason)."""
    read = rfcs(
        {
            "freezes.csv": (
                "id,name,start,end,selector,exempt_types,exempt_rfcs,authority,declared_at\n"
                "F1,Year end,2026-12-20T00:00Z,2026-12-24T00:00Z,site=ber1,Urgent,R1,board,2026-11-01T00:00Z\n"
                "F1,Year end,2026-12-26T00:00Z,2027-01-02T00:00Z,site=ber1,Urgent,R1,board,2026-11-01T00:00Z\n"
            ),
            "revocations.csv": f"source_id,at,reason\nR1,{T2},withdrawn\nR1,{T2},withdrawn\n",
        }
    )

    (freeze,) = read.freezes
    assert (freeze.id, len(freeze.windows), freeze.exempt_types) == ("freeze:itsm:F1", 2, ("emergency",))
    assert freeze.exempt_rfcs == ("rfc:itsm:R1",)
    assert [(s.by, s.text, s.dynamic) for s in freeze.scope] == [(ScopeBy.SELECTOR, "site=ber1", True)]
    assert freeze.authority == pseudonym(b"site", "board")
    assert [(r.rfc, r.at_ms, r.reason) for r in read.revocations] == [("rfc:itsm:R1", at(T2), "withdrawn")]


def test_drop_reads_a_folder_or_a_file(tmp_path: Path) -> None:
    """Drop folder or upload, CSV or JSON."""
    (tmp_path / "rfcs.csv").write_text(RFCS)
    (tmp_path / "notes.txt").write_text("no")

    assert drop(tmp_path) == {"rfcs.csv": RFCS.encode()}
    assert drop(tmp_path / "rfcs.csv") == {"rfcs.csv": RFCS.encode()}
    with pytest.raises(BadFiles, match=r"gone\.json:0: cannot be read \(No such file or directory\); check path"):
        drop(tmp_path / "gone.json")
    (tmp_path / "rfcs.csv").unlink()
    with pytest.raises(BadFiles, match=r"no \.csv file in this folder"):
        drop(tmp_path)
