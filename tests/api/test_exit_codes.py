"""What goes wrong ends as one clear line and the exit code of the specification, and nothing is lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from driftline.api.cli.failures import tell
from driftline.api.model import MODEL
from driftline.graph.model.values import Micros
from driftline.graph.sqlite import SqliteStore
from tests.api.program import DRIFTLINE, PASSWORD, Program, Said, one_line, target
from tests.lab.control import Fault
from tests.lab.fixtures import Vcsim, VcsimFactory

NOBODY = "127.0.0.1:1"
WRONG = "wrong-" + PASSWORD


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A folder of its own, with a target that does not answer."""
    one = Program(tmp_path)
    one.configure([target("vc", NOBODY)])
    return one


@pytest.fixture(scope="module")
def secure(vcsim_factory: VcsimFactory, tmp_path_factory: pytest.TempPathFactory) -> Vcsim:
    """A vCenter that speaks TLS and takes one account."""
    return vcsim_factory("-vms=2", f"-user=reader:{PASSWORD}", f"-tls={tmp_path_factory.mktemp('tls') / 'vc.pem'}")


@pytest.fixture
def sighted(tmp_path: Path, secure: Vcsim) -> Iterator[Program]:
    """A folder whose target is that vCenter."""
    one = Program(tmp_path)
    one.configure([seen(secure)])
    yield one
    secure.control.clear()


def seen(vcsim: Vcsim, name: str = "vc", **more: object) -> dict[str, object]:
    """The simulator as a target."""
    return target(name, vcsim.url.split("/")[2], tls={"ca": str(vcsim.certificate)}, **more)


def estate(dump: str) -> list[str]:
    """What a dump says of the estate, without records about reading it."""
    return [line for line in dump.splitlines() if '"family":"record' not in line]


def test_a_configuration_that_is_wrong(program: Program) -> None:
    """Exit 6, every fault with file:line:column and the line with a caret."""
    (program.folder / "driftline.yaml").write_text("version: 1\ntargts: []\nhttp: {bind: nowhere}\n")
    said = program("targets", "list")
    assert said.returncode == 6
    assert 'driftline.yaml:2:1 targts: unknown key; did you mean "targets"?' in said.stderr
    assert "driftline.yaml:3:14 http.bind:" in said.stderr


def test_a_secret_that_is_not_there(program: Program) -> None:
    """Exit 6: it is a matter of the configuration."""
    program.configure([target("vc", NOBODY)], credentials={"vc": {"user": "a", "password": "env:MISSING"}})
    said = program("visit", "vc")
    assert said.returncode == 6
    assert one_line(said) == "env:MISSING: this environment variable is not set"
    assert program("config", "check").returncode == 6


def test_a_command_line_that_is_wrong(program: Program) -> None:
    """Exit 2, with the nearest known name."""
    assert program("visit").returncode == 2
    assert program("nonsense").returncode == 2
    assert program("targets", "list", "-o", "xml").returncode == 2
    assert program("targets", "list", "--zone", "Mars/Olympus").returncode == 2
    said = program("visit", "vcc")
    assert (said.returncode, one_line(said)) == (2, 'no target "vcc"; targets are: vc')


def test_a_store_that_is_not_there_yet(program: Program) -> None:
    """Exit 2, and what to do first; asking makes no store."""
    said = program("runs", "list")
    assert said.returncode == 2
    assert "there is no store yet" in one_line(said)
    assert not (program.folder / "data" / "driftline.db").exists()


def test_a_source_that_does_not_answer(program: Program) -> None:
    """Exit 5; the visit is noted, and says nothing about the estate."""
    said = program("visit", "vc", "-o", "csv")
    assert said.returncode == 5
    assert "unreachable" in said.stdout
    assert [run["outcome"] for run in program.json("runs", "list")["rows"]] == ["unreachable"]


@pytest.mark.vcsim
def test_a_source_that_refuses_the_account(sighted: Program, secure: Vcsim) -> None:
    """Exit 4, one login, and what was known stays."""
    assert sighted("visit", "vc").returncode == 0
    before = sighted("db", "dump", "--facts").stdout
    said = sighted("visit", "vc", VC_PASSWORD=WRONG)
    assert said.returncode == 4
    assert "InvalidLogin" in said.stdout
    assert WRONG not in said.stdout + said.stderr
    assert estate(sighted("db", "dump", "--facts").stdout) == estate(before) != []
    said = sighted("check", "vc", VC_PASSWORD=WRONG)
    assert said.returncode == 4
    assert re.search(r"tls ok own authority  login FAIL .*InvalidLogin", said.stdout)
    assert secure.certificate is not None


@pytest.mark.vcsim
def test_a_certificate_that_is_not_the_trusted_one(sighted: Program, secure: Vcsim) -> None:
    """Exit 4, before a password is sent; what was known stays."""
    assert sighted("visit", "vc").returncode == 0
    before = sighted("db", "dump", "--facts").stdout
    sighted.configure([seen(secure, "pinned") | {"tls": {"pin": "sha256:" + "ab" * 32}}])
    said = sighted("visit", "pinned")
    assert said.returncode == 4
    assert "not the pinned one" in said.stdout
    assert "set tls.ca or tls.pin" in said.stdout
    assert sighted("check", "pinned").returncode == 4
    assert estate(sighted("db", "dump", "--facts").stdout) == estate(before) != []


@pytest.mark.vcsim
def test_a_source_that_answers_no_longer(sighted: Program) -> None:
    """Exit 5, and what was known of it stays, however often it is not reached."""
    assert sighted("visit", "vc").returncode == 0
    before = sighted("db", "dump", "--facts").stdout
    sighted.configure([target("vc", NOBODY)])
    assert [sighted("visit", "vc").returncode for _ in range(3)] == [5, 5, 5]
    assert estate(sighted("db", "dump", "--facts").stdout) == estate(before) != []


@pytest.mark.vcsim
def test_every_rung_of_a_good_target(sighted: Program) -> None:
    """All rungs hold; nothing is kept."""
    said = sighted("check", "--all")
    assert said.returncode == 0
    rungs = re.findall(r"(\w+) ok", said.stdout)
    assert rungs == ["name", "reach", "tls", "login", "clock", "privilege", "read"]
    assert not (sighted.folder / "data" / "driftline.db").exists()


@pytest.mark.vcsim
def test_a_session_that_ends_while_we_ask(sighted: Program, secure: Vcsim) -> None:
    """The collector begins again by itself: exit 0, and everything was read."""
    secure.control.faults(Fault(method="RetrievePropertiesEx", fault="NotAuthenticated", skip=2))
    said = sighted("visit", "vc", "-o", "csv")
    assert (said.returncode, said.stdout.count("complete")) == (0, 1)


@pytest.mark.vcsim
def test_configured_files_are_taken_in_with_a_visit(sighted: Program, secure: Vcsim) -> None:
    """People own machines from the first visit on; a broken file is logged line by line and stops nobody."""
    people = sighted.folder / "people"
    people.mkdir()
    (people / "people.csv").write_text("login,name\nLAB\\alice,Alice\n")
    (people / "owners.csv").write_text("ci,kind,owner\nweb-0000,VirtualMachine,LAB\\alice\n")
    (sighted.folder / "changes.json").write_text("{")
    records = [{"source": "itsm", "people": ["people"], "changes": ["changes.json"]}]
    sighted.configure([seen(secure)], records=records)
    said = sighted("visit", "vc")
    assert said.returncode == 0
    assert "changes.json:1" in said.stderr
    assert '"type":"OWNED_BY"' in sighted("db", "dump", "--facts").stdout


@pytest.mark.vcsim
def test_some_targets_that_fail_are_partial(sighted: Program, secure: Vcsim) -> None:
    """Exit 3 when targets end differently; the good one is read."""
    sighted.configure([seen(secure), target("gone", NOBODY)])
    said = sighted("visit", "--all", "-o", "csv")
    assert said.returncode == 3
    assert "complete" in said.stdout
    assert "unreachable" in said.stdout


def test_a_store_that_another_process_writes(program: Program) -> None:
    """Exit 7, and the line says who has it."""
    (program.folder / "data").mkdir()
    path = program.folder / "data" / "driftline.db"
    store = SqliteStore.open(path, MODEL, clock=lambda: Micros(1))
    with store.lease("the night shift"):
        said = program("visit", "vc")
    store.close()
    assert said.returncode == 7
    assert "the night shift" in one_line(said)


@pytest.fixture
def filled(program: Program) -> Path:
    """A store with something in it."""
    assert program("visit", "vc").returncode == 5
    return program.folder / "data" / "driftline.db"


def test_a_store_that_is_damaged(program: Program, filled: Path) -> None:
    """Exit 8; the file is left as it is."""
    filled.write_bytes(b"not a database at all" * 1_000)
    said = program("visit", "vc")
    assert said.returncode == 8
    assert "restore a backup" in one_line(said)
    assert filled.read_bytes().startswith(b"not a database")


def test_a_store_that_a_newer_program_wrote(program: Program, filled: Path) -> None:
    """Exit 8, for reading and for writing."""
    with sqlite3.connect(filled) as raw:
        raw.execute("UPDATE book SET v = 99 WHERE k = 'schema'")
    raw.close()
    for words in (["visit", "vc"], ["runs", "list"]):
        said = program(*words)
        assert said.returncode == 8
        assert "upgrade driftline" in one_line(said)


def test_a_database_of_somebody_else(program: Program, filled: Path) -> None:
    """Exit 8, and nothing is written into it."""
    filled.unlink()
    with sqlite3.connect(filled) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    said = program("visit", "vc")
    assert said.returncode == 8
    assert "another program" in one_line(said)


def test_a_neo4j_server_that_is_down(program: Program) -> None:
    """Exit 5, in seconds and not in minutes."""
    there = {"kind": "neo4j", "url": f"bolt://{NOBODY}", "password": "env:VC_PASSWORD"}
    program.configure([target("vc", NOBODY)], store=there)
    begun = time.monotonic()
    said = program("visit", "vc")
    assert said.returncode == 5
    assert NOBODY in one_line(said)
    assert time.monotonic() - begun < 30


@pytest.mark.vcsim
def test_a_disk_that_is_full(sighted: Program, secure: Vcsim) -> None:
    """Exit 8, no torn batch; with room again the visit is taken up and ends as if nothing had been."""
    sighted.configure([seen(secure)], captures="data/captures")
    said = on_a_disk(
        sighted,
        "size=3g,nr_inodes=6",  # bytes are free, and no file can be made
        f"""{DRIFTLINE} visit vc; echo "code $?"
        mount -o remount,nr_inodes=1000 data
        {DRIFTLINE} visit vc -o csv; echo "code $?"
        {DRIFTLINE} runs list -o csv""",
    )
    assert re.findall(r"code (\d+)", said.stdout) == ["8", "0"]
    assert "no space left" in said.stderr
    assert "running" not in said.stdout


@pytest.mark.vcsim
def test_a_disk_with_too_little_room(sighted: Program, secure: Vcsim) -> None:
    """Exit 8 before anything is asked or written, as doctor says; with room again all is well."""
    sighted.configure([seen(secure)], captures="data/captures")
    said = on_a_disk(
        sighted,
        "size=900m",
        f"""{DRIFTLINE} visit vc; echo "code $?"
        find data -type f; {DRIFTLINE} doctor -o csv
        mount -o remount,size=3g data
        {DRIFTLINE} visit vc -o csv; echo "code $?"
        """,
    )
    assert re.findall(r"code (\d+)", said.stdout) == ["8", "0"]
    assert "0.9 GB free of 0.9 GB; with less than 1 GB nothing is written; make room and run it again" in said.stderr
    assert "data/captures" not in said.stdout
    assert re.search(r"disk,fail,.*,make room; with less than 1 GB nothing is written", said.stdout)


def on_a_disk(program: Program, options: str, script: str) -> Said:
    """Run a script where the folder ``data`` is a disk of its own, of memory."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare on this machine")
    (program.folder / "data").mkdir()
    rights = () if os.geteuid() == 0 else ("--map-root-user",)
    said = subprocess.run(  # noqa: S603 -- our own words
        ["unshare", "--mount", *rights, "sh", "-c", f"mount -t tmpfs -o {options} tmpfs data || exit 99\n{script}"],  # noqa: S607 -- of the system
        cwd=program.folder,
        env=program.environ(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if said.returncode == 99:
        pytest.skip(f"no tmpfs may be mounted here: {said.stderr.strip()}")
    return said


def test_files_with_bad_lines(program: Program) -> None:
    """Exit 1, every line named, and nothing of the file is in."""
    drop = program.folder / "changes"
    drop.mkdir()
    (drop / "rfcs.csv").write_text(
        "source_id,valid_from,type,state\n1,2026-03-01T00:00:00Z,normal,approved\n2,yesterday,normal,approved\n"
        "3,2026-03-01T00:00:00Z,odd,approved\n"
    )
    said = program("import", "changes")
    assert said.returncode == 1
    assert "rfcs.csv:3: valid_from" in said.stderr
    assert "rfcs.csv:4: type" in said.stderr
    assert program.json("runs", "list")["rows"] == []
    assert program("import", "changes", "--dry").returncode == 1


def test_a_capture_that_is_not_one(program: Program) -> None:
    """Exit 1 for a file that was changed, 2 for a folder without any."""
    (program.folder / "x.json").write_text('{"format": 1}')
    assert program("replay", "x.json").returncode == 1
    (program.folder / "empty").mkdir()
    assert program("replay", "empty").returncode == 2


def test_an_interruption(program: Program) -> None:
    """Exit 130 at Ctrl-C, long before the source that keeps us waiting would be given up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        program.configure([target("vc", f"127.0.0.1:{silent.getsockname()[1]}")])
        running = program.start("visit", "vc")
        silent.settimeout(30)
        connection, _ = silent.accept()
        running.send_signal(signal.SIGINT)
        with running:  # closes its pipes, whatever happens
            _, errors = running.communicate(timeout=25)
        connection.close()
    assert running.returncode == 130
    assert "Traceback" not in errors


def test_a_bug_has_a_number_to_report(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 70: one line without trace."""
    assert tell(ZeroDivisionError("division by zero"), None) == 70
    assert re.match(r"driftline: bug [0-9a-f]{8}: ZeroDivisionError: ", capsys.readouterr().err)
