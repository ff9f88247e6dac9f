"""The API over HTTP: bodies, pages, CSV, errors, and its description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from driftline.api.rest import openapi
from driftline.api.rest.app import create_app
from tests.api.asked import Installed

COMMITTED = Path(openapi.__file__).with_name("openapi.json")
PATHS = (
    "/ci",
    "/ci?kind=VirtualMachine&name.starts=db",
    "/ci/{db}",
    "/ci/{db}?as_of=2026-03-02T10:00",
    "/ci/{db}/history",
    "/ci/{db}/diff?since=CHG-1.start",
    "/ci/{db}/neighbours?depth=2",
    "/ci/{db}/changes?since=2026-03-02T08:00&depth=2",
    "/links?ci=db-01&type=runs_on",
    "/search?q=web*",
    "/impact?ci=ds-gold&ci=esx1.example.com",
    "/changes",
    "/changes?verdict=OUT_OF_SCOPE&rfc=CHG-2",
    "/changes/{change}",
    "/changes/{change}/explanation",
    "/findings",
    "/findings/groups",
    "/rfcs",
    "/rfcs/CHG-2",
    "/rfcs/CHG-1/fulfilment",
    "/baselines",
    "/targets",
    "/targets/vc-1",
    "/runs?target=vc-1",
    "/runs/vc-1@3",
    "/coverage",
    "/coverage/gaps",
    "/health/live",
    "/health/ready",
)


def filled(installed: Installed, path: str) -> str:
    """A path with a key and an id in it."""
    change = installed.json("/api/v1/changes?limit=1")["rows"][0]["id"]
    return "/api/v1" + path.format(db=installed.key("db-01"), change=change)


@pytest.mark.parametrize("path", PATHS)
def test_every_body_is_as_described(installed: Installed, path: str) -> None:
    """OpenAPI 3.1 describes what is answered: every body fits the schema of its operation."""
    answer = installed.get(filled(installed, path))
    assert answer.status_code == 200, answer.text
    document = installed.json("/api/openapi.json")
    operation = document["paths"]["/api/v1" + _template(path)]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]

    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


def _template(path: str) -> str:
    bare = path.partition("?")[0].replace("{db}", "{ci}")
    for given, declared in (
        ("/rfcs/CHG-1", "/rfcs/{rfc}"),
        ("/rfcs/CHG-2", "/rfcs/{rfc}"),
        ("vc-1@3", "{run_id}"),
        ("s/vc-1", "s/{name}"),
    ):
        bare = bare.replace(given, declared)
    return bare


def test_the_committed_description_is_fresh() -> None:
    """The schema in the repository is the one that the program gives; rewrite it with ``python docs/generate.py``."""
    assert COMMITTED.read_text() == openapi.text()


def test_narrowing_the_description_is_seen() -> None:
    """Taking away a path, a key or a field breaks clients; adding does not."""
    committed = json.loads(COMMITTED.read_text())
    assert openapi.narrowed(committed, committed) == []
    less = json.loads(COMMITTED.read_text())
    del less["paths"]["/api/v1/runs"]
    less["paths"]["/api/v1/changes"]["get"]["parameters"].pop()
    less["components"]["schemas"]["ChangeRow"]["properties"].pop("words")

    assert sorted(openapi.narrowed(committed, less)) == [
        "field ChangeRow.words",
        "key /api/v1/changes until",
        "path /api/v1/runs",
    ]
    assert openapi.narrowed(less, committed) == []


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/api/v1/changes?sicne=2h", 422, 'no key "sicne"; did you mean "since"?'),
        ("/api/v1/changes?since=tomorow", 422, '"tomorow" is no time; write 2026-03-02T10:00'),
        ("/api/v1/changes?verdict=GOOD", 422, "verdict: Input should be"),
        ("/api/v1/changes?after=x", 422, "after: follow the next link"),
        ("/api/v1/changes?limit=0", 422, "limit: Input should be greater"),
        ("/api/v1/ci?kind=VirtualMachin", 422, 'filter: no kind "VirtualMachin"'),
        ("/api/v1/ci/db-0", 404, 'no item "db-0"; did you mean db-01'),
        ("/api/v1/ci/esx*", 409, '"esx*" means 2 items'),
        ("/api/v1/ci/db-01?as_of=2020-01-01", 404, '"db-01" did not exist at 2020-01-01'),
        ("/api/v1/changes/none", 404, 'no change "none"'),
        ("/api/v1/rfcs/CHG-11", 404, 'no change request "CHG-11"; did you mean CHG-1?'),
        ("/api/v1/runs/none", 404, 'no visit "none"'),
        ("/api/v1/targets/none", 404, 'no target "none"; targets are: vc-1'),
        ("/api/v1/baselines/none", 404, 'no source "none"'),
        ("/api/v1/nothing", 404, "nothing is at /api/v1/nothing"),
        ("/api/v1/links?ci=db-01&type=LIKES", 404, "no link type LIKES"),
    ],
)  # fmt: skip
def test_every_error_is_a_problem_document(installed: Installed, path: str, status: int, detail: str) -> None:
    """RFC 9457 for every error, with what is wrong and the nearest name that is right."""
    answer = installed.get(path)
    problem = answer.json()

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert problem["detail"].startswith(detail)
    assert (problem["status"], problem["instance"]) == (status, path.partition("?")[0])


def test_another_method_is_a_problem_document(installed: Installed) -> None:
    """Nothing can be written over HTTP yet, and the answer says so in the same form."""
    answer = installed.ask("/api/v1/changes", method="POST")

    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")


def test_a_bug_shows_no_trace(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 500 carries the id under which the log has the trace, and nothing of the trace."""
    monkeypatch.setattr("driftline.api.rest.changes.explain", lambda *_, **__: 1 / 0)
    answer = installed.get("/api/v1/changes/x")

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "ZeroDivision" not in answer.text
    assert answer.json()["request_id"]


@pytest.mark.parametrize("path", ["/changes", "/findings", "/findings/groups", "/runs", "/rfcs", "/ci"])
def test_a_walk_sees_each_row_once(installed: Installed, path: str) -> None:
    """Following ``next`` from page to page gives every row once, in the order of one long page."""
    whole = installed.json(f"/api/v1{path}?limit=500")
    rows: list[Any] = []
    url: str | None = f"/api/v1{path}?limit=1"
    while url:
        page = installed.json(url)
        rows += page["rows"]
        url = page["next"]

    assert rows == whole["rows"]
    assert len(rows) > 1
    assert whole["next"] is None


def test_a_next_link_pins_filter_and_knowledge(installed: Installed) -> None:
    """The next page is asked by the same filter and by what was known on the first."""
    first = installed.json("/api/v1/changes?kind=VirtualMachine&limit=1")

    assert "kind=VirtualMachine" in first["next"]
    assert "as_known_at=2026-03-02T12%3A30%3A00.000Z" in first["next"]


def test_what_was_known_then_is_told_as_it_was(installed: Installed) -> None:
    """``as_known_at`` hides what came later, and is repeated in the reply."""
    early = installed.json("/api/v1/changes?as_known_at=2026-03-02T10:30:00Z")

    assert [row["path"] for row in early["rows"]] == ["memory_mb", "cpu_count"]
    assert early["as_known_at"] == "2026-03-02T10:30:00.000Z"


@pytest.mark.parametrize(
    "path", ["/changes.csv", "/ci.csv", "/findings.csv", "/runs.csv", "/rfcs.csv", "/coverage.csv"]
)
def test_a_list_is_csv_by_suffix_and_by_accept(installed: Installed, path: str) -> None:
    """Every list is JSON and CSV at one address, the same rows."""
    by_suffix = installed.get(f"/api/v1{path}")
    bare = path.removesuffix(".csv")
    by_accept = installed.get(f"/api/v1{bare}", accept="text/csv")

    assert by_suffix.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_suffix.text == by_accept.text
    assert len(by_suffix.text.splitlines()) > len(installed.json(f"/api/v1{bare}")["rows"])


def test_hostile_text_is_inert_in_csv(installed: Installed) -> None:
    """No cell begins like a formula."""
    text = installed.get("/api/v1/changes.csv").text

    assert "\"'=HYPERLINK" in text
    assert ',"=HYPERLINK' not in text
    assert "\x1b" not in text


def test_impact_over_http_names_the_path(installed: Installed) -> None:
    """`impact` gives the services with the rule of each step."""
    answer = installed.json("/api/v1/impact?ci=ds-gold")["answer"]
    shop = answer["services"][0]

    assert (shop["name"], shop["criticality"]) == ("Shop", "crown_jewel")
    assert [(step["type"], step["rule"]) for step in shop["path"]] == [("STORED_ON", "hard"), ("RELIES_ON", "hard")]


def test_ready_says_why_not(tmp_path: Path) -> None:
    """Without a store the service lives and is not ready; questions are answered with 503."""
    (tmp_path / "driftline.yaml").write_text("{version: 1, store: {path: store.db}, captures: captures}")
    empty = Installed(tmp_path)
    ready = empty.get("/api/v1/health/ready")

    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert "there is no store yet" in ready.json()["store"]
    assert empty.get("/api/v1/health/live").json() == {"live": True}
    assert empty.get("/api/v1/changes").status_code == 503


def test_passwords_are_in_no_answer(installed: Installed) -> None:
    """A target names its credential and nothing more of it."""
    assert installed.json("/api/v1/targets")["rows"][0]["credential"] == "vc-ro"
    assert "env:VC" not in installed.get("/api/v1/targets").text


def test_every_operation_is_described(installed: Installed) -> None:
    """Every operation, key and field of its own says what it is."""
    document = create_app(installed.site).openapi()
    operations = [one["get"] for one in document["paths"].values()]

    assert document["openapi"].startswith("3.1")
    assert all(operation["description"] for operation in operations)
    assert all(
        p.get("description") for operation in operations for p in operation.get("parameters", ()) if p["in"] == "query"
    )
