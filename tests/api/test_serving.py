"""The service on a live vCenter: it visits by itself, answers, stops when told, and goes on where it was."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from driftline.api.ops import Ops, Slot, State
from tests.api.program import PASSWORD, Program, one_line, target
from tests.lab.fixtures import Vcsim, VcsimFactory

pytestmark = pytest.mark.vcsim
SECONDS = 60


@pytest.fixture(scope="module")
def vcenter(vcsim_factory: VcsimFactory, tmp_path_factory: pytest.TempPathFactory) -> Vcsim:
    """A vCenter that speaks TLS and takes one account."""
    return vcsim_factory("-vms=2", f"-user=reader:{PASSWORD}", f"-tls={tmp_path_factory.mktemp('tls') / 'vc.pem'}")


@pytest.fixture
def program(tmp_path: Path, vcenter: Vcsim) -> Iterator[Program]:
    """A folder whose service visits that vCenter every second."""
    one = Program(tmp_path)
    configure(one, seen(vcenter))
    yield one
    vcenter.control.clear()


def seen(vcenter: Vcsim, name: str = "vc") -> dict[str, Any]:
    """The simulator as a target."""
    return target(name, vcenter.url.split("/")[2], tls={"ca": str(vcenter.certificate)}, every="1s")


def configure(program: Program, *targets: dict[str, Any]) -> None:
    """Targets, and a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program.configure(targets, http={"bind": f"127.0.0.1:{port}"})
    (program.folder / "port").write_text(str(port))


@contextmanager
def service(program: Program) -> Iterator[subprocess.Popen[str]]:
    """The service, ready."""
    running = program.start("serve")
    try:
        wait(lambda: ask(program, "health/ready").get("ready") or running.poll() is not None)
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def ask(program: Program, path: str) -> dict[str, Any]:
    """An answer of the API; nothing while there is no server."""
    with suppress(httpx.TransportError):
        port = (program.folder / "port").read_text()
        found: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/api/v1/{path}", trust_env=False).json()
        return found
    return {}


def wait(for_what: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + SECONDS
    while not for_what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def outcomes(program: Program) -> list[str]:
    """Outcomes of the visits in the store."""
    return [row["outcome"] for row in ask(program, "runs").get("rows", [])]


def stopped(running: subprocess.Popen[str]) -> int:
    """Exit code after SIGTERM."""
    running.send_signal(signal.SIGTERM)
    return running.wait(45)


def slots(program: Program) -> list[Slot]:
    """The book, while no service runs."""
    with Ops.open(program.folder / "data" / "ops.db") as ops:
        return ops.slots("", 1_000)


def test_it_visits_by_itself_and_stops_when_told(program: Program) -> None:
    """Ready, visits on the clock, SIGTERM: exit 0, no visit left open, every due time in one row."""
    with service(program) as running:
        wait(lambda: outcomes(program).count("complete") >= 2)
        assert ask(program, "health/live") == {"live": True}
        begun = time.monotonic()
        assert stopped(running) == 0
        assert time.monotonic() - begun < 35
    rows = sorted(slots(program), key=lambda row: row.first_ms)
    assert {row.state for row in rows} <= {State.COMPLETE, State.SKIPPED, State.MISSED, State.CANCELLED}
    due = [at for row in rows for at in range(row.first_ms, row.last_ms + 1, 1_000)]
    assert due == list(range(due[0], due[-1] + 1, 1_000))
    assert "running" not in program("runs", "list", "-o", "csv").stdout


def test_it_catches_up_once_after_a_kill(program: Program) -> None:
    """SIGKILL, silence, again: the missed times share a row, the cut visit is closed, and visits go on."""
    with service(program) as running:
        wait(lambda: "complete" in outcomes(program))
        running.kill()
        running.wait()
    time.sleep(3)
    with service(program) as running:
        before = len(outcomes(program))
        wait(lambda: len(outcomes(program)) > before)
        assert stopped(running) == 0
    rows = slots(program)
    missed = [row for row in rows if row.state is State.MISSED and row.count >= 2]
    assert missed
    due = sorted(at for row in rows for at in range(row.first_ms, row.last_ms + 1, 1_000))
    assert due == list(range(due[0], due[-1] + 1, 1_000))


def test_a_second_service_is_refused(program: Program) -> None:
    """Exit 7: the address, and behind it the book and the store, belong to one."""
    with service(program) as running:
        said = program("serve")
        assert said.returncode == 7
        assert "another program listens there" in one_line(said)
        assert program("visit", "vc").returncode == 7
        assert stopped(running) == 0


def test_a_second_signal_ends_it_at_once(program: Program, vcenter: Vcsim) -> None:
    """While a source keeps it waiting; the next start takes up what was cut."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        configure(program, target("silent", f"127.0.0.1:{silent.getsockname()[1]}", every="1h"))
        with service(program) as running:
            held, _ = silent.accept()
            running.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert running.poll() is None
            running.send_signal(signal.SIGTERM)
            assert running.wait(2) == 128 + signal.SIGTERM
            held.close()
    configure(program, seen(vcenter))
    with service(program) as running:
        wait(lambda: "complete" in outcomes(program))
        assert stopped(running) == 0
    assert [row.state for row in slots(program) if row.target == "silent"] == [State.CANCELLED]


def test_a_refused_login_is_tried_once(program: Program, vcenter: Vcsim) -> None:
    """Every further due time is noted as refused; nothing locks the account."""
    program.configure(
        [seen(vcenter)],
        http={"bind": f"127.0.0.1:{(program.folder / 'port').read_text()}"},
        credentials={"vc": {"user": "reader", "password": "plain:not-the-password"}},
    )
    with service(program) as running:
        wait(lambda: outcomes(program))
        time.sleep(3)
        assert outcomes(program) == ["refused"]
        assert stopped(running) == 0
    states = [row.state for row in slots(program)]
    assert set(states) <= {State.REFUSED, State.SKIPPED}
    assert states.count(State.REFUSED) >= 2


def test_two_targets_of_one_source_are_one_source(program: Program, vcenter: Vcsim) -> None:
    """The second one is skipped with a reason, and opens one finding (decision D30)."""
    configure(program, seen(vcenter), seen(vcenter, "other"))
    with service(program) as running:
        wait(lambda: outcomes(program).count("complete") >= 3)
        assert stopped(running) == 0
    by_target = {name: {row.state for row in slots(program) if row.target == name} for name in ("vc", "other")}
    read = [name for name, states in by_target.items() if State.COMPLETE in states]
    assert len(read) == 1
    reasons = [row.reason for row in slots(program) if row.state is State.SKIPPED and "same source" in row.reason]
    assert reasons
    assert program("db", "dump", "--facts").stdout.count("same source as target") == 1


def test_a_changed_configuration_is_taken_over_and_a_broken_one_is_not(program: Program, vcenter: Vcsim) -> None:
    """SIGHUP: a new target is visited, one that is gone no more; a broken file changes nothing, the log says where."""
    other = seen(vcenter, "second")
    file = program.folder / "driftline.yaml"
    with service(program) as running:
        wait(lambda: "complete" in outcomes(program))
        good = json.loads(file.read_text())
        file.write_text(json.dumps({**good, "targets": [other], "tragets": []}))
        running.send_signal(signal.SIGHUP)
        before = len(outcomes(program))
        wait(lambda: len(outcomes(program)) > before)
        assert [row["name"] for row in ask(program, "targets")["rows"]] == ["vc"]

        file.write_text(json.dumps({**good, "targets": [other]}))
        running.send_signal(signal.SIGHUP)
        wait(lambda: ask(program, "runs?target=second").get("rows"))
        assert [row["name"] for row in ask(program, "targets")["rows"]] == ["second"]
        vc = [row["id"] for row in ask(program, "runs?target=vc")["rows"]]
        seconds = len(ask(program, "runs?target=second")["rows"])
        wait(lambda: len(ask(program, "runs?target=second")["rows"]) > seconds)
        assert len(ask(program, "runs?target=vc")["rows"]) <= len(vc) + 1  # one may have been under way
        assert stopped(running) == 0
        said = (running.stdout.read() if running.stdout else "") + (running.stderr.read() if running.stderr else "")
    assert 'tragets: unknown key; did you mean "targets"?' in said
    assert "target second is new" in said
    assert "target vc is gone; its items stay" in said
