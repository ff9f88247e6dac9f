"""The frame of all commands: quick help, options anywhere, output for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from driftline.api.cli import COMMANDS, hoisted
from driftline.api.output import Column, Format, Output, clean, guarded
from tests.api.program import Program, target

HEAVY = ("pyVmomi", "neo4j", "fastapi", "lxml", "httpx", "networkx", "apscheduler", "uvicorn", "structlog")

ASK = """
import json, sys
from driftline.api.cli import run
run(sys.argv[1:])
print(json.dumps(list(sys.modules)), file=sys.stderr)
"""


def loaded_by(*words: str) -> list[str]:
    """Heavy libraries that a command line loads."""
    said = subprocess.run([sys.executable, "-c", ASK, *words], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    return sorted(set(HEAVY) & set(json.loads(said.stderr.splitlines()[-1])))


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["config", "example"]])
def test_help_loads_no_heavy_library(words: list[str]) -> None:
    """What a person types to look around answers at once."""
    assert loaded_by(*words) == []


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_can_be_helped(name: str, tmp_path: Path) -> None:
    """Each explains itself without a configuration."""
    said = Program(tmp_path)(name, "--help")
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"Usage: driftline {name}")


def test_options_of_all_commands_may_stand_anywhere() -> None:
    """In front, between, behind; but ``-o`` of record is its own."""
    assert hoisted(["targets", "-v", "list", "-o", "json"]) == ["-v", "-o", "json", "targets", "list"]
    assert hoisted(["record", "vc", "-o", "folder", "--as", "me"]) == ["--as", "me", "record", "vc", "-o", "folder"]
    assert hoisted(["visit", "--", "-o"]) == ["visit", "--", "-o"]
    assert hoisted(["runs", "list", "--limit=5"]) == ["--limit=5", "runs", "list"]


def test_the_same_rows_in_every_format(tmp_path: Path) -> None:
    """Table, JSON and CSV say the same; piped, nothing is coloured or cut."""
    program = Program(tmp_path)
    names = ["vc-1", "a-very-long-name-that-no-terminal-of-eighty-columns-would-show-without-cutting-it-somewhere"]
    program.configure([target(name, "127.0.0.1:1") for name in names])
    table = program("targets", "list").stdout
    assert "\x1b" not in table
    assert [line.split()[0] for line in table.splitlines()[1:]] == names
    assert [row["name"] for row in program.json("targets", "list")["rows"]] == names
    rows = list(csv.DictReader(io.StringIO(program("targets", "list", "-o", "csv").stdout)))
    assert [row["name"] for row in rows] == names


def test_a_target_with_several_credentials_names_them_all(tmp_path: Path) -> None:
    """In the order in which they are tried, and nothing more of them."""
    program = Program(tmp_path)
    account = {"kind": "snmp", "community": "plain:not-in-any-output"}
    device = {"name": "sw", "collector": "network", "address": "127.0.0.1", "credentials": ["one", "two"]}
    program.configure([device], credentials={"one": account, "two": account})
    said = program("targets", "show", "sw").stdout

    assert "one, two" in said
    assert "not-in-any-output" not in said


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "  =1", "\t=1", "\rx", "\nx"])
def test_a_cell_that_looks_like_a_formula_is_disarmed(text: str) -> None:
    """A spreadsheet shows it and does not run it; a number stays one."""
    assert guarded(text, text) == f"'{text}"
    assert guarded("-1", -1) == "-1"
    assert guarded("a=1", "a=1") == "a=1"


def test_text_of_others_steers_no_terminal() -> None:
    """ESC, C1 controls, bidi overrides and line separators are written out; letters of any script are not."""
    assert clean("a\x1b[31mb\x9bc\u202ed\u2028e\x00") == r"a\x1b[31mb\x9bc\u202ed\u2028e\x00"
    assert clean("Zürich 東京 naïve") == "Zürich 東京 naïve"


def test_times_carry_a_zone() -> None:
    """People get theirs, programs UTC."""
    column = Column("at_ms", instant=True)
    shown = {}
    for form in Format:
        out = io.StringIO()
        Output(form, "Europe/Berlin", out=out).rows((column,), [{"at_ms": 1_772_438_400_123}])
        shown[form] = out.getvalue()
    assert "2026-03-02 09:00:00 CET" in shown[Format.TABLE]
    assert "2026-03-02T08:00:00.123Z" in shown[Format.JSON]
    assert "2026-03-02T08:00:00.123Z" in shown[Format.CSV]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    """A sentence for people, cut nowhere, without notes for programmers; an option without a word helps nobody."""
    command: Any = typer.main.get_command(import_module(f"driftline.api.cli.{COMMANDS[name][0]}").app)
    group = getattr(command, "commands", {})
    for one in (command, *group.values()):
        assert one.help.rstrip().endswith("."), one.name
        assert not {"Raises:", "Args:", "Returns:", "``"} & set(one.help.split()), one.name
        own = [p for p in one.params if p.name not in {"help", "install_completion", "show_completion"}]
        assert all(p.help for p in own), one.name
    if group:
        said = " ".join(command.get_help(typer.Context(command)).split())
        assert all(" ".join(one.help.partition("\n\n")[0].split()) in said for one in group.values())
        assert "--install-completion" not in said


def test_no_secret_and_no_session_key_is_logged(tmp_path: Path) -> None:
    """Also where everything is told."""
    program = Program(tmp_path)
    program.configure([target("vc", "127.0.0.1:1")])
    said = program("visit", "vc", "-vv")
    assert "not-in-any-output" not in said.stdout + said.stderr
    shown = program("config", "show").stdout
    assert "env:VC_PASSWORD" in shown
    assert "not-in-any-output" not in shown
