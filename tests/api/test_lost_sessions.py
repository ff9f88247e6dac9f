"""A session that an administrator ends while the program reads, in each of the faces that shows (vsphere.md 2)."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from driftline.collectors.capture import Capture
from driftline.collectors.vsphere.asks import Asked
from tests.api.program import PASSWORD, Program, target
from tests.lab.fixtures import Vcsim, VcsimFactory

pytestmark = pytest.mark.vcsim

ADMIN = "admin"
DAWDLES_MS = 2_000


@pytest.fixture(scope="module")
def secure(vcsim_factory: VcsimFactory, tmp_path_factory: pytest.TempPathFactory) -> Vcsim:
    """A vCenter that speaks TLS and takes two accounts."""
    accounts = [f"-user={name}:{PASSWORD}" for name in ("reader", ADMIN)]
    return vcsim_factory("-vms=2", *accounts, f"-tls={tmp_path_factory.mktemp('tls') / 'vc.pem'}")


@pytest.mark.parametrize(
    ("during", "ask", "face"),
    [
        ("CurrentTime", Asked.PRIVILEGES, rb"<NotAuthenticatedFault"),
        ("HasUserPrivilegeOnEntities", Asked.CUSTOM_FIELDS, rb"<missingSet>.*NotAuthenticated"),
        ("CreateContainerView", Asked.BEFORE, rb"<ManagedObjectNotFoundFault"),
    ],
    ids=["a fault", "every path withheld", "an unknown view"],
)
def test_a_session_ended_by_an_administrator_costs_nothing(
    tmp_path: Path, secure: Vcsim, during: str, ask: Asked, face: bytes
) -> None:
    """Exit 0: the program logs in again and reads everything; no face is taken for missing rights or for absence."""
    program = Program(tmp_path)
    address = secure.url.split("/")[2]
    program.configure([target("vc", address, tls={"ca": str(secure.certificate)})], captures="captures")
    assert program("visit", "vc").returncode == 0
    before = program("db", "dump", "--facts").stdout

    secure.control.paging(delay_ms={during: DAWDLES_MS})
    with program.start("visit", "vc", "-o", "csv") as running:
        end_session(secure)
        secure.control.clear()
        said, errors = running.communicate(timeout=60)

    assert (running.returncode, said.count("complete")) == (0, 1), errors
    assert shown(tmp_path, ask, face)
    assert estate(program("db", "dump", "--facts").stdout) == estate(before)


def end_session(secure: Vcsim) -> None:
    """End the reader's session in the middle of the call that dawdles."""
    with secure.estate(ADMIN, PASSWORD) as admin:
        manager = admin.content.sessionManager
        for _ in range(200):
            if "reader" in {one.userName for one in admin.read(manager, "sessionList")["sessionList"]}:
                time.sleep(DAWDLES_MS / 2_000)
                assert admin.end_sessions("reader") == 1
                return
            time.sleep(0.05)
    pytest.fail("the reader never logged in")


def shown(folder: Path, ask: Asked, face: bytes) -> bool:
    """Whether an answer of any kept visit has the face."""
    captures = [Capture.read(manifest) for manifest in (folder / "captures").glob("*.json")]
    bodies = (one.body(entry) for one in captures for entry in one.entries if entry.ask == ask)
    return any(re.search(face, body, re.DOTALL) for body in bodies)


def estate(dump: str) -> list[str]:
    """What a dump says of the estate, without records about reading it."""
    found = [line for line in dump.splitlines() if '"family":"record' not in line]
    assert found
    return found
