"""Sessions that end, calls that hang, accounts and certificates that are refused: by a live simulator."""

from __future__ import annotations

import time
from typing import Any

import pytest

from driftline.collectors.line import Limits
from driftline.collectors.target import Trust
from driftline.collectors.visit import Outcome
from driftline.collectors.vsphere.asks import Asked
from driftline.graph.model.compute import (
    VirtualMachine,
)
from driftline.graph.model.observed import Status
from tests.collectors.vsphere.reader import (
    READER,
    go,
    incomplete,
    items,
    meddled,
    observed,
    read,
    row,
    target,
)
from tests.lab.control import Edit, Fault
from tests.lab.fixtures import Vcsim, VcsimFactory

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]


# sessions


@pytest.mark.parametrize("method", ["RetrievePropertiesEx", "CreateContainerView", "ContinueRetrievePropertiesEx"])
def test_a_session_lost_once_begins_the_visit_again(vcsim: Vcsim, method: str) -> None:
    """NotAuthenticated in mid-visit: log in and read again, once."""
    vcsim.control.paging(10)
    vcsim.control.faults(Fault(method=method, fault="NotAuthenticated", user=READER, skip=1 if "Prop" in method else 0))
    visited = go(target(vcsim))
    again = observed(visited.capture)
    assert visited.outcome is Outcome.COMPLETE
    assert len([*visited.capture.named(Asked.LOGIN)]) == 2
    assert incomplete(again) == set()
    assert len(items(again, VirtualMachine)) == 24


def test_a_session_lost_twice_is_a_partial_visit(vcsim: Vcsim) -> None:
    """The second time is not tried again; nothing is declared absent."""
    vcsim.control.faults(Fault(method="RetrievePropertiesEx", fault="NotAuthenticated", user=READER, skip=2, times=0))
    visited = go(target(vcsim))
    assert visited.outcome is Outcome.UNREACHABLE
    assert "session was ended twice" in str(visited.error)
    assert all(one.status is not Status.COMPLETE for one in observed(visited.capture).coverage)


@pytest.mark.parametrize("at", [Asked.BEFORE, Asked.STRUCTURE, Asked.MACHINES, Asked.AFTER])
def test_a_killed_session_is_never_taken_for_missing_rights(vcsim: Vcsim, at: Asked) -> None:
    """A session ended by an administrator shows as withheld properties or as an unknown view: both mean "log in"."""

    def kill() -> None:
        with vcsim.estate("VSPHERE.LOCAL\\admin") as admin:
            assert admin.end_sessions(READER) >= 1

    visited = meddled(vcsim, at, kill)
    again = observed(visited.capture)
    assert visited.outcome is Outcome.COMPLETE
    assert len([*visited.capture.named(Asked.LOGIN)]) == 2
    assert incomplete(again) == set()
    assert [one for one in again.withheld if one.why not in {"not running", "tools not running"}] == []


# calls that hang


@pytest.mark.parametrize("method", ["Login", "RetrievePropertiesEx", "ReadNextEvents"])
def test_a_call_that_hangs_ends_the_visit_in_time(vcsim: Vcsim, method: str) -> None:
    """Every reply has its time; what was read before stands, and nothing is believed absent."""
    vcsim.control.paging(delay_ms={method: 4_000})
    begun = time.monotonic()
    visited = go(target(vcsim), limits=Limits(reply_seconds=1))
    assert time.monotonic() - begun < 4
    assert visited.outcome is Outcome.UNREACHABLE
    assert "did not finish its reply in 1 s" in str(visited.error)
    again = observed(visited.capture)
    late = method == "ReadNextEvents"
    assert (len(items(again, VirtualMachine)), again.feed) == (24 if late else 0, None)
    assert (row(again, "VirtualMachine").status is Status.COMPLETE) == late


def test_a_server_that_dawdles_with_every_page_does_not_outlast_the_visit(vcsim: Vcsim) -> None:
    """The whole visit has its time, however quickly each single reply comes."""
    vcsim.control.paging(1, delay_ms={"ContinueRetrievePropertiesEx": 300})
    begun = time.monotonic()
    visited = go(target(vcsim), limits=Limits(visit_seconds=2))
    assert time.monotonic() - begun < 4
    assert visited.outcome is Outcome.UNREACHABLE
    assert row(observed(visited.capture), "VirtualMachine").status is not Status.COMPLETE


# refusals


def test_a_wrong_password_is_refused_and_never_tried_again(vcsim_factory: VcsimFactory) -> None:
    """The operator must act; a second try could lock the account."""
    lab = vcsim_factory("-user=reader:right", "-vms=2", "-hosts=1", "-clusters=1")
    visited = go(target(lab, user="reader", password="wrong"))  # noqa: S106 -- made up
    assert visited.outcome is Outcome.REFUSED
    assert not visited.outcome.worth_a_retry
    assert len([*visited.capture.named(Asked.LOGIN)]) == 1
    assert "wrong" not in str(visited.error)
    good = target(lab, user="reader", password="right")  # noqa: S106 -- made up
    assert go(good).outcome is Outcome.COMPLETE


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password(
    vcsim_factory: VcsimFactory,
    tmp_path: Any,  # noqa: ANN401 -- pathlib
) -> None:
    """Own authority or pin: both work; without them, or with another pin, not one byte is sent."""
    lab = vcsim_factory(f"-tls={tmp_path / 'ca.pem'}", "-vms=2", "-hosts=1", "-clusters=1")
    strange = go(target(lab, trust=Trust()))
    assert strange.outcome is Outcome.REFUSED
    assert "not trusted" in str(strange.error)
    assert strange.capture.entries == ()
    assert go(target(lab)).outcome is Outcome.COMPLETE
    other = go(target(lab, trust=Trust(pin="ab" * 32)))
    assert other.outcome is Outcome.REFUSED
    shown = str(other.error).partition("sha256:")[2][:64]
    assert go(target(lab, trust=Trust(pin=shown))).outcome is Outcome.COMPLETE


def test_a_missing_privilege_is_reported(vcsim: Vcsim) -> None:
    """The preflight says which right the account lacks on the root folder."""
    vcsim.control.wire(
        Edit(method="HasUserPrivilegeOnEntities", find="<isGranted>true", replace="<isGranted>false"),
    )
    assert [one.why for one in read(vcsim).unread] == ["not granted: System.View"]


@pytest.mark.parametrize(
    ("method", "touched"),
    [
        ("CurrentTime", set()),
        ("HasUserPrivilegeOnEntities", set()),
        ("CreateCollectorForEvents", set()),
        ("ReadNextEvents", set()),
        ("DestroyView", set()),
        ("Logout", set()),
    ],
)
def test_a_refused_extra_costs_only_itself(vcsim: Vcsim, method: str, touched: set[tuple[str, str]]) -> None:
    """Clock, privileges, events and goodbyes: a fault there leaves the items complete."""
    vcsim.control.faults(Fault(method=method, fault="NoPermission", user=READER, times=0))
    visited = go(target(vcsim))
    again = observed(visited.capture)
    assert visited.error is None
    assert incomplete(again) == touched
    assert len(items(again, VirtualMachine)) == 24


def test_without_a_clock_or_events_the_feed_is_not_covered(vcsim: Vcsim) -> None:
    """No feed coverage is the honest answer to events that were not read."""
    vcsim.control.faults(Fault(method="ReadNextEvents", fault="NoPermission", user=READER, times=0))
    assert read(vcsim).feed is None
    vcsim.control.faults(Fault(method="CurrentTime", fault="NoPermission", user=READER, times=0))
    again = read(vcsim)
    assert (again.feed, again.clock) == (None, None)
