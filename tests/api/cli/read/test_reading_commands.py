"""Commands that ask: tables for people, bodies of the API for programs, and the examples of every help."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
import typer

from driftline.api.cli import baseline, changed, changes, ci, drift, impact, rfc, runs, targets
from driftline.api.questions.findings import About
from driftline.diff.findings import OPENS
from driftline.graph.questions.find_ci import the_one
from tests.api.asked import Installed
from tests.graph.questions.story import ALL, SOURCE

MODULES = (targets, runs, ci, changed, changes, drift, rfc, baseline, impact)
WRITES = {"sign", "assign", "accept", "waive", "reopen"}
OWN = {"split", "CHANGE_OF_TEXT"}
"""Commands whose tests make what they are about: a merge, two configurations."""


def bodies() -> list[tuple[str, str]]:
    """Commands, and where the API answers the same."""
    return [
        ("ci find web*", "/search?q=web*"),
        ("ci find --filter kind=VirtualMachine", "/ci?kind=VirtualMachine&limit=100"),
        ("ci show db-01", "/ci/db-01"),
        ("ci show db-01 --as-of 2026-03-02T10:00", "/ci/db-01?as_of=2026-03-02T10:00"),
        ("ci history db-01", "/ci/db-01/history"),
        ("ci diff db-01 --since CHG-1.start", "/ci/db-01/diff?since=CHG-1.start"),
        ("ci neighbours db-01 --depth 2", "/ci/db-01/neighbours?depth=2"),
        ("changed db-01 --since 2026-03-02 --closure", "/ci/db-01/changes?since=2026-03-02&depth=4"),
        ("changes list", "/changes?limit=100"),
        ("changes list --verdict UNAPPROVED", "/changes?verdict=UNAPPROVED&limit=100"),
        ("drift list", "/findings/groups"),
        ("rfc list", "/rfcs?limit=100"),
        ("rfc show CHG-2", "/rfcs/CHG-2"),
        ("baseline show", "/baselines"),
        (f"baseline diff {SOURCE}", f"/baselines/{SOURCE}/diff"),
        ("impact ds-gold", "/impact?ci=ds-gold"),
        ("targets list", "/targets"),
        ("targets show vc-1", "/targets/vc-1"),
        ("runs list", "/runs?limit=100"),
        ("runs list --target vc-1", "/runs?target=vc-1&limit=100"),
        ("runs show vc-1@5", "/runs/vc-1@5"),
    ]


@pytest.mark.parametrize(("line", "path"), bodies())
def test_json_is_the_body_of_the_api(
    installed: Installed, capsys: pytest.CaptureFixture[str], line: str, path: str
) -> None:
    """`-o json` is the API body; only the instant of asking differs."""
    printed, answered = installed.body(capsys, line), installed.json(f"/api/v1{path}")
    printed.pop("as_known_at")
    answered.pop("as_known_at")

    assert printed == answered


def test_csv_is_that_of_the_api(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """CSV has the same header and rows from both."""
    printed = installed.said(capsys, "changes list -o csv")
    answered = installed.get("/api/v1/changes.csv").text

    assert list(csv.reader(io.StringIO(printed))) == list(csv.reader(io.StringIO(answered)))


def examples() -> list[str]:
    """Every example that a help ends with, without the program's name."""
    found = []
    for module in MODULES:
        name = module.__name__.rpartition(".")[2]
        command: Any = typer.main.get_command(module.app)
        for one in getattr(command, "commands", {name: command}).values():
            texts = [text.strip() for text in one.epilog.split("  |  ")]
            assert len(texts) == 2, f"{name} {one.name}: two examples"
            found += [text.removeprefix("driftline ") for text in texts]
    return found


@pytest.mark.parametrize("line", [e for e in examples() if not (WRITES | OWN) & set(e.split()[:4])])
def test_an_example_of_a_help_runs(installed: Installed, capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Each help ends with two examples, which run as tests."""
    code = installed.run(_filled(installed, line))
    printed = capsys.readouterr()

    assert code in {0, 1 if "--fail-on" in line else 0}, printed.err


@pytest.mark.parametrize("line", [e for e in examples() if WRITES & set(e.split()[:4])])
def test_an_example_that_decides_runs(tmp_path: Any, capsys: pytest.CaptureFixture[str], line: str) -> None:  # noqa: ANN401 -- a path
    """The examples that write run on an installation of their own."""
    installed = Installed.make(tmp_path)
    evidence = installed.body(capsys, "drift list --about evidence")["rows"][0]["rows"][0]["id"]
    if "reopen" in line:
        assert installed.run(f"drift accept {evidence}") == 0
    line = (
        line.replace("--to anna", "--to 'LAB\\anna'").replace("FINDING FINDING", evidence).replace("FINDING", evidence)
    )
    code = installed.run(line.replace("SOURCE", SOURCE))

    assert code == 0, capsys.readouterr().err


def _filled(installed: Installed, line: str) -> str:
    with installed.site.store() as store:
        change = store.find("Change", limit=1)[0].id
        finding = store.find("Finding", limit=1)[0].id
    line = re.sub("vcenter-ber1(@[0-9]+)?", lambda found: "vc-1@5" if found[1] else "vc-1", line)
    return line.replace("RUN", "vc-1@5").replace("CHANGE", change).replace("FINDING", finding).replace("SOURCE", SOURCE)


def test_a_verdict_is_told_in_words_with_its_reason(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """Plain words first, rule ids one step below."""
    table = installed.said(capsys, "changes list")

    assert "no approval found" in table
    assert "approved work, other detail (value)" in table
    assert "fits an approval, not proven (time)" in table
    assert not re.search(r"\bR\d+\b", table)


def test_an_explanation_cites_what_it_rests_on(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """Rule, predicates of each candidate, cited facts, event with the actor's name, capture and visit."""
    change = next(
        row["id"] for row in installed.json("/api/v1/changes?limit=100")["rows"] if row["path"] == "memory_mb"
    )
    text = installed.said(capsys, f"changes explain {change}")

    assert "Mallory Moe (LAB\\mallory)" in text
    assert re.search(r"rule +R8, policy", text)
    assert "CHG-2 expects 9000, saw 8192" in text
    assert "approved by Bea Boss at 2026-03-02 09:10:00Z" in text
    assert "VmReconfiguredEvent" in text
    assert f"capture {3:064x}" in text
    assert "p-" not in re.sub(r"rfc:|approval:", "", text).replace("web-01", "")


def test_changes_of_a_person_are_found_by_login(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """A login finds what is kept under its pseudonym, whatever its spelling."""
    rows = installed.body(capsys, "changes list --actor mallory@lab")["rows"]

    assert [row["path"] for row in rows] == ["memory_mb"]


def test_a_visit_shows_no_coverage_of_a_later_one(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """What was read again since is told with the later visit, and where the present state is shown it says so."""
    earlier, newest = installed.said(capsys, "runs show vc-1@3"), installed.said(capsys, "runs show vc-1@5")

    assert "a later visit has read it all again; see: driftline targets show vc-1" in earlier
    assert "read by this visit" not in earlier
    assert "read by this visit" in newest
    assert "read, as of now" in installed.said(capsys, "targets show vc-1")


@pytest.mark.parametrize("line", ["changes list", "runs list", "rfc list"])
def test_the_newest_come_first(installed: Installed, capsys: pytest.CaptureFixture[str], line: str) -> None:
    """A cut list has what happened last."""
    rows = installed.body(capsys, line)["rows"]
    last = [str(row.get("by_at") or row.get("started_at") or row.get("number")) for row in rows]

    assert last == sorted(last, reverse=True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ci show db-0", 'no item "db-0"; did you mean db-01'),
        ("ci show 'esx*'", '"esx*" means 2 items'),
        ("ci find nothing-like-it", 'no item "nothing-like-it"'),
        ("ci find --filter knid=x", '"knid=x": no key "knid"; there are kind, name, site, tag'),
        ("changes list --since tomorow", '"tomorow" is no time'),
        ("changes list --kind Virtual", 'no kind "Virtual"'),
        ("changes show none", 'no change "none"'),
        ("rfc show CHG-11", 'no change request "CHG-11"; did you mean CHG-1?'),
        ("baseline diff none", 'no source "none"'),
        ("drift show none", 'no finding "none"'),
        ("drift list --fail-on drfit", '"drfit"; there are any, drift, window'),
        ("drift list --about drfit", "drfit"),
        ("runs show none", 'no visit "none"; see: driftline runs list'),
        ("targets show none", 'no target "none"; targets are: vc-1'),
        ("changes list --rfc CHG-9", 'no change request "CHG-9"'),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    installed: Installed, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    """Exit 2 with the nearest name, or with the candidates of an ambiguous one."""
    code = installed.run(line)

    assert code == 2
    assert told in capsys.readouterr().err


def test_candidates_of_an_ambiguous_name_are_listed(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """Each candidate with kind, name and the key that names it alone."""
    installed.run("impact 'esx*'")
    told = capsys.readouterr().err

    assert "HypervisorHost esx1.example.com: HypervisorHost.server:Server.vendor_serial:Dell/SRV0001" in told
    assert "esx2.example.com" in told


def test_hostile_text_is_inert_in_a_table(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of others steer no terminal and turn no text around."""
    for line in ("changes list", "drift list", "ci find '*evil*'", "changes list -o csv"):
        text = installed.said(capsys, line)
        assert "evil" in text
        assert "\x1b" not in text
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text


def test_a_longer_list_says_so(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """A cut list is never taken for a whole one."""
    for line in ("changes list", "drift list", "runs list", "rfc list", "ci find"):
        assert installed.run(f"{line} --limit 1") == 0
        assert "more than 1 rows" in capsys.readouterr().err, line


def test_every_kind_of_finding_can_be_asked_for() -> None:
    """What judging opens, and what it can call notable, flapping or unfulfilled, is a value of the option."""
    opened = {"notable", "flapping", "fulfilment", *OPENS.values()}

    assert set(About) == opened


def test_drift_can_fail_a_pipeline(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """`--fail-on` makes the answer the exit code."""
    assert installed.run("drift list --fail-on drift") == 1
    assert installed.run("drift list --fail-on review") == 0
    assert installed.run("drift list --about review --fail-on any") == 0
    assert "no approval found" in capsys.readouterr().out


def test_the_impact_of_a_host_is_told_to_the_end(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """Machines, services, customers, owners, and the way from one to the other."""
    text = installed.said(capsys, "impact esx1.example.com")

    assert "db-01 runs on esx1.example.com; Shop relies on db-01; ACME buys Shop" in text
    assert re.search(r"Anna Berg +owner of db-01 +\+49 30 1", text)
    assert "web-01" not in text


def test_a_request_tells_asked_seen_missing(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """Asked, seen, missing, extra, with values and times."""
    done, undone = installed.said(capsys, "rfc show CHG-1"), installed.said(capsys, "rfc show CHG-2")

    assert re.search(r"db-01 +cpu_count = 4 +seen +cpu_count: 2 -> 4 by 2026-03-02 11:05:00 CET", done)
    assert re.search(r"web-01 +memory_mb = 9000 +missing", undone)
    assert "beyond what was approved" in undone


def test_an_ended_item_can_be_asked_for(installed: Installed) -> None:
    """A request or an auditor may ask for what is gone."""
    with installed.site.store() as store:
        assert the_one(ALL, store, "*evil*").startswith("VirtualMachine.")


def test_json_of_a_page_can_be_followed(installed: Installed, capsys: pytest.CaptureFixture[str]) -> None:
    """The next page of a command is an address of the API."""
    first = installed.body(capsys, "changes list --limit 2")
    second = installed.json(first["next"])

    assert len(first["rows"]) == 2
    assert {row["id"] for row in first["rows"]}.isdisjoint(row["id"] for row in second["rows"])
    assert json.dumps(second)
