"""Every fault of a file is named by file, line and column, with what to do; and then nothing is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from driftline.collectors.records.files import BadFiles, Reading, Words, read_rfcs
from driftline.graph.model.change_records import RfcState

T1, T2 = "2026-03-01T08:00Z", "2026-03-02T08:00Z"
HEAD = "source_id,valid_from,type,state\n"
GOOD = f"{HEAD}R1,{T1},normal,new\n"

BROKEN: dict[str, tuple[dict[str, str], list[str]]] = {
    "no rfcs": (
        {"windows.csv": "source_id,start,end\n"},
        ["rfcs.csv:0: is missing; add it, or name the one file that ends in .json"],
    ),
    "misspelt file": (
        {"rfcs.csv": GOOD, "window.csv": ""},
        ['window.csv:0: not one of our files; did you mean "windows.csv"?'],
    ),
    "empty file": (
        {"rfcs.csv": GOOD, "windows.csv": ""},
        ["windows.csv:1: no header; write source_id,valid_from,start,end,zone"],
    ),
    "unknown column": (
        {"rfcs.csv": "source_id,valid_from,type,state,quorun\n"},
        ['rfcs.csv:1: quorun: no such column; did you mean "quorum"?'],
    ),
    "column twice": (
        {"rfcs.csv": "source_id,valid_from,type,state,type\n"},
        ["rfcs.csv:1: type: stands twice in the header; keep one"],
    ),
    "column lacking": (
        {"rfcs.csv": "source_id,valid_from,type\n"},
        ["rfcs.csv:1: state: no such column in the file; add it"],
    ),
    "too few cells": (
        {"rfcs.csv": f"{HEAD}R1,{T1},normal\n"},
        ["rfcs.csv:2: 3 cells under 4 headers; mind the delimiter and quotes"],
    ),
    "open quote": (
        {"rfcs.csv": f'{GOOD}R2,{T1},normal,"new\n'},
        ["rfcs.csv:3: not CSV (unexpected end of data); mind quotes and the delimiter"],
    ),
    "line after a cell of two lines": (
        {"rfcs.csv": f'source_id,valid_from,type,state,title\nR1,{T1},normal,new,"two\nlines"\nR2,{T1},normal,nil,x\n'},
        ['rfcs.csv:4: state: "nil" is not known; add it to states of the mapping'],
    ),
    "no id": (
        {"rfcs.csv": f"{HEAD},{T1},normal,new\n"},
        ["rfcs.csv:2: source_id: is empty; id of the request at its source."],
    ),
    "unknown state": (
        {"rfcs.csv": f"{HEAD}R1,{T1},normal,limbo\n"},
        ['rfcs.csv:2: state: "limbo" is not known; add it to states of the mapping'],
    ),
    "unknown type": (
        {"rfcs.csv": f"{HEAD}R1,{T1},weird,new\n"},
        ['rfcs.csv:2: type: "weird" is not known; add it to types of the mapping'],
    ),
    "no time at all": (
        {"rfcs.csv": f"{HEAD}R1,,normal,new\n"},
        ["rfcs.csv:2: valid_from: is empty; write it, or say when the file was exported"],
    ),
    "zone-less time": (
        {"rfcs.csv": f"{HEAD}R1,2026-03-01T08:00,normal,new\n"},
        [
            (
                'rfcs.csv:2: valid_from: "2026-03-01T08:00" has no zone; '
                "write an offset such as +02:00, or set the zone of these files"
            )
        ],
    ),
    "date without time": (
        {"rfcs.csv": f"{HEAD}R1,2026-03-01,normal,new\n"},
        ['rfcs.csv:2: valid_from: "2026-03-01" has no time of day; write 2026-03-01T00:00 if you mean midnight'],
    ),
    "no time": (
        {"rfcs.csv": f"{HEAD}R1,01.03.2026 08:00,normal,new\n"},
        ['rfcs.csv:2: valid_from: "01.03.2026 08:00" is not a time; write 2026-03-29T22:00 or 2026-03-29T22:00+02:00'],
    ),
    "time of another age": (
        {"rfcs.csv": f"{HEAD}R1,0001-01-01T00:00+14:00,normal,new\n"},
        ['rfcs.csv:2: valid_from: "0001-01-01T00:00+14:00" is not between the years 1980 and 2200; correct it'],
    ),
    "unknown zone": (
        {
            "rfcs.csv": GOOD,
            "windows.csv": "source_id,start,end,zone\nR1,2026-03-01T08:00,2026-03-01T09:00Z,Europe/Bern\n",
        },
        ['windows.csv:2: start: no time zone "Europe/Bern"; write an IANA name such as Europe/Berlin'],
    ),
    "version twice": (
        {"rfcs.csv": f"{GOOD}R1,2026-03-01T09:00+01:00,normal,closed\n"},
        ["rfcs.csv:3: valid_from: is that of line 2; one row for each version of a request"],
    ),
    "part of an unknown request": (
        {"rfcs.csv": GOOD, "windows.csv": "source_id,start,end\nR9,2026-03-01T08:00Z,2026-03-01T09:00Z\n"},
        ['windows.csv:2: source_id: no version of "R9" at this time in the file; mind valid_from'],
    ),
    "part of an unknown version": (
        {"rfcs.csv": GOOD, "expected.csv": f"source_id,valid_from,path\nR1,{T2},cpu_count\n"},
        ['expected.csv:2: source_id: no version of "R1" at this time in the file; mind valid_from'],
    ),
    "part of one of two versions": (
        {"rfcs.csv": f"{GOOD}R1,{T2},normal,new\n", "approvals.csv": f"source_id,approver,decided_at\nR1,anna,{T2}\n"},
        ["approvals.csv:2: valid_from: is empty; write which of the 2 versions the row belongs to"],
    ),
    "quorum of none": (
        {"rfcs.csv": f"source_id,valid_from,type,state,quorum\nR1,{T1},normal,new,0\n"},
        ['rfcs.csv:2: quorum: "0" is no whole number from 1 on; write one, or leave it blank for 1'],
    ),
    "neither true nor false": (
        {"rfcs.csv": f"source_id,valid_from,type,state,on_hold\nR1,{T1},normal,new,perhaps\n"},
        ['rfcs.csv:2: on_hold: "perhaps" is neither true nor false; write one of them'],
    ),
    "scope by nothing known": (
        {"rfcs.csv": GOOD, "scope.csv": "source_id,by,text\nR1,selectr,kind=Site\n"},
        ['scope.csv:2: by: "selectr" is not known; did you mean "selector"?'],
    ),
    "scope without a CI": (
        {"rfcs.csv": GOOD, "scope.csv": "source_id,by,text\nR1,,\n"},
        ["scope.csv:2: text: is empty; a ci line needs it"],
    ),
    "unknown kind": (
        {"rfcs.csv": GOOD, "scope.csv": "source_id,text,kind\nR1,web01,VirtalMachine\n"},
        ['scope.csv:2: kind: no kind "VirtalMachine"; did you mean "VirtualMachine"?'],
    ),
    "filter by an unknown key": (
        {"rfcs.csv": GOOD, "scope.csv": "source_id,by,text\nR1,selector,kind=Site&rack=7\n"},
        ['scope.csv:2: text: "rack=7": no key "rack"; there are kind, name, site, tag'],
    ),
    "filter of nothing": (
        {"rfcs.csv": GOOD, "scope.csv": "source_id,by,text\nR1,selector,&\n"},
        ["scope.csv:2: text: selects everything; write at least one condition, for example kind=VirtualMachine"],
    ),
    "closure of another form": (
        {"rfcs.csv": GOOD, "scope.csv": "source_id,by,text\nR1,closure,everything below ds1\n"},
        ["scope.csv:2: text: is no closure; write for example: in 2 RUNS_ON,STORED_ON of Datastore:ds1"],
    ),
    "expected without a path": (
        {"rfcs.csv": GOOD, "expected.csv": "source_id,path,op\nR1,,set\n"},
        ["expected.csv:2: path: is empty; path of the change, a glob: cpu_count, virtual_disk/capacity_bytes."],
    ),
    "unknown op": (
        {"rfcs.csv": GOOD, "expected.csv": "source_id,path,op\nR1,cpu_count,change\n"},
        ['expected.csv:2: op: "change" is not known; there are add, create, delete, relate, remove, set, unrelate'],
    ),
    "nobody approved": (
        {"rfcs.csv": GOOD, "approvals.csv": f"source_id,approver,decided_at\nR1,,{T2}\n"},
        ["approvals.csv:2: approver: is empty; login of who decided."],
    ),
    "unknown decision": (
        {"rfcs.csv": GOOD, "approvals.csv": f"source_id,approver,decision,decided_at\nR1,anna,shrug,{T2}\n"},
        ['approvals.csv:2: decision: "shrug" is not known; add it to decisions of the mapping'],
    ),
    "freeze of two minds": (
        {"freezes.csv": f"id,name,start,end,declared_at\nF,a,{T1},{T2},{T1}\nF,b,{T1},{T2},{T1}\n"},
        ["freezes.csv:3: name: differs from line 2; a freeze says it once"],
    ),
    "revoked for no known reason": (
        {"revocations.csv": f"source_id,at,reason\nR1,{T1},cancelld\n"},
        ['revocations.csv:2: reason: "cancelld" is not known; did you mean "cancelled"?'],
    ),
    "several at once": (
        {"rfcs.csv": f"{HEAD}R1,{T1},weird,limbo\n,{T1},normal,new\n"},
        [
            'rfcs.csv:2: state: "limbo" is not known; add it to states of the mapping',
            'rfcs.csv:2: type: "weird" is not known; add it to types of the mapping',
            "rfcs.csv:3: source_id: is empty; id of the request at its source.",
        ],
    ),
    "control characters": (
        {"rfcs.csv": f"{HEAD}R1,{T1},normal,\x1b[2Jnew\n"},
        ['rfcs.csv:2: state: "\N{REPLACEMENT CHARACTER}[2Jnew" is not known; add it to states of the mapping'],
    ),
    "no JSON": (
        {"c.json": '{"version": 1,\n "rfcs": [}'},
        ["c.json:2: not JSON (Expecting value at column 11); correct it"],
    ),
    "another version": ({"c.json": '{"version": 2}'}, ['c.json:1: "version" is not 1; write {"version": 1, ...}']),
    "no object": ({"c.json": "[]"}, ['c.json:1: "version" is not 1; write {"version": 1, ...}']),
    "no list": ({"c.json": '{"version": 1, "rfcs": {}}'}, ["c.json:1: rfcs: is no list; write [{...}]"]),
    "list of texts": (
        {"c.json": '{"version": 1,\n"rfcs": ["R1"]}'},
        ["c.json:1: rfcs[0]: is no object; write {...}"],
    ),
    "unknown name at the top": (
        {"c.json": '{"version": 1, "rcfs": []}'},
        ['c.json:1: rcfs: no such name; did you mean "rfcs"?'],
    ),
    "deep inside": (
        {
            "c.json": (
                '{"version": 1, "rfcs": [\n {"source_id": "R1", "valid_from": "2026-03-01T08:00Z", "type": "normal",\n'
                '  "state": "new", "windows": [\n   {"start": "2026-03-01T08:00", "until": "x"}]}]}'
            )
        },
        [
            (
                'c.json:4: rfcs[0].windows[0].start: "2026-03-01T08:00" has no zone; '
                "write an offset such as +02:00, or set the zone of these files"
            ),
            "c.json:4: rfcs[0].windows[0].until: no such name; there are end, start, zone",
        ],
    ),
    "wrong types": (
        {
            "c.json": (
                '{"version": 1, "full": "yes", "rfcs": [{"source_id": 7, "valid_from": "2026-03-01T08:00Z",'
                ' "type": "normal", "state": "new", "on_hold": 1, "implementers": "ivan", "quorum": true}]}'
            )
        },
        [
            "c.json:1: full: is not true or false; see the schema",
            "c.json:1: rfcs[0].implementers: is not a list of texts; see the schema",
            "c.json:1: rfcs[0].on_hold: is not true or false; see the schema",
            "c.json:1: rfcs[0].quorum: is not a whole number; see the schema",
            "c.json:1: rfcs[0].source_id: is empty; id of the request at its source.",
            "c.json:1: rfcs[0].source_id: is not text; see the schema",
        ],
    ),
    "name twice": (
        {"c.json": '{"version": 1, "rfcs": [], "rfcs": []}'},
        ["c.json:1: rfcs: stands twice in the object; keep one"],
    ),
    "full without a time": (
        {"c.json": '{"version": 1, "full": true}'},
        ["c.json:0: extracted_at: is not said; a full export needs its time"],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_file_is_refused_with_every_fault(rfcs: Callable[..., object], name: str) -> None:
    """Whole-file atomic: parse all, report per-line errors; any error line and nothing is imported."""
    files, faults = BROKEN[name]
    with pytest.raises(BadFiles) as refused:
        rfcs(files)

    assert str(refused.value).splitlines() == faults


PEOPLE: dict[str, tuple[dict[str, str], list[str]]] = {
    "person twice": (
        {"people.csv": "login,other_logins\nLAB\\alice,\nbob,Alice@lab\n"},
        ["people.csv:3: other_logins: is a login of line 2 too; one row for each person"],
    ),
    "login twice": (
        {"people.csv": "login\nalice\nALICE\n"},
        ["people.csv:3: login: is a login of line 2 too; one row for each person"],
    ),
    "unknown team": (
        {"people.csv": "login,team\nalice,Storrage\n", "teams.csv": "name\nStorage\n"},
        ['people.csv:2: team: no team "Storrage" in these files; did you mean "Storage"?'],
    ),
    "unknown owner": (
        {"services.csv": "name,owner\nshop,mallory\n"},
        ["services.csv:2: owner: is not in the table of people; add the person, or write team:NAME"],
    ),
    "unknown criticality": (
        {"services.csv": "name,criticality\nshop,crown\n"},
        ['services.csv:2: criticality: "crown" is not known; did you mean "crown_jewel"?'],
    ),
    "unknown service": (
        {"customers.csv": "name,services\nACME,shop\n"},
        ['customers.csv:2: services: no service "shop" in these files; add it'],
    ),
    "service twice": (
        {"services.csv": "name\nshop\n shop \n"},
        ["services.csv:3: name: is that of line 2; one row for each name"],
    ),
    "CI twice": (
        {"owners.csv": "ci,owner\nweb01,team:Ops\nweb01,team:Ops\n", "teams.csv": "name\nOps\n"},
        ["owners.csv:3: ci: is that of line 2; one row for each CI"],
    ),
    "nothing said of a CI": (
        {"owners.csv": "ci,owner\nweb01,\n"},
        ["owners.csv:2: ci: has no owner, support or site; write one, or leave the row out"],
    ),
    "a team as a login": (
        {"people.csv": "login\nteam:Ops\n"},
        ["people.csv:2: login: is not a login; team: names a team"],
    ),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_broken_people_file_is_refused(people: Callable[..., object], name: str) -> None:
    """People, teams, services, customers, criticality from the same kind of file, with the same kind of faults."""
    files, faults = PEOPLE[name]
    with pytest.raises(BadFiles) as refused:
        people(files)

    assert str(refused.value).splitlines() == faults


def test_byte_that_is_not_of_the_encoding_has_a_line(reading: Reading) -> None:
    """Declared encoding, no sniffing: a wrong byte is a fault and nothing is replaced."""
    bad = GOOD.encode() + f"R2,{T1},normal,gr".encode() + b"\xfc" + b"n\n"
    with pytest.raises(BadFiles) as refused:
        read_rfcs({"rfcs.csv": bad}, reading)
    assert str(refused.value) == "rfcs.csv:3: byte 95 is not utf-8; declare the encoding of the file"

    with pytest.raises(BadFiles) as refused:
        read_rfcs({"rfcs.csv": bad}, replace(reading, encoding="klingon"))
    assert str(refused.value) == "rfcs.csv:0: no encoding klingon; write utf-8, cp1252 or another known name"

    with pytest.raises(BadFiles, match='"grün" is not known'):
        read_rfcs({"rfcs.csv": bad}, replace(reading, encoding="cp1252"))


def test_words_that_contradict_are_refused() -> None:
    """State maps are data; a word of theirs that stands for two of ours is an error of the map."""
    with pytest.raises(ValueError, match="New: stands for draft and for assess"):
        Words.of({"states": {"draft": ["new"], "assess": ["New"]}})
    with pytest.raises(ValueError, match="closed: stands for closed and for draft"):
        Words.of({"states": {"draft": ["closed"]}})
    assert Words.of({}).states["closed"] is RfcState.CLOSED
    with pytest.raises(ValueError, match="drafted: not one of draft, assess"):
        Words.of({"states": {"drafted": []}})
    with pytest.raises(ValueError, match="status: no such list of words"):
        Words.of({"status": {}})
