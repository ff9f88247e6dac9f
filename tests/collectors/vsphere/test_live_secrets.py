"""Secrets that a vCenter repeats in its events: planted in a live simulator, looked for in everything that is kept."""

from __future__ import annotations

import pytest
from pyVmomi import vim

from tests.collectors.vsphere.reader import go, observed, target
from tests.lab.fixtures import Vcsim

pytestmark = pytest.mark.vcsim

PLANTED = "first-boot-Geheim-4711"


def test_first_boot_passwords_reach_no_capture(vcsim: Vcsim) -> None:
    """Advanced settings and vApp properties, in the specification of a change and in its words."""
    with vcsim.estate("VSPHERE.LOCAL\\bob") as bob:
        info = vim.vApp.PropertyInfo(key=0, id="password", value=PLANTED, defaultValue=PLANTED)
        spec = vim.vm.ConfigSpec(
            numCPUs=6,
            extraConfig=[vim.option.OptionValue(key="guestinfo.userdata", value=PLANTED)],
            vAppConfig=vim.vApp.VmConfigSpec(property=[vim.vApp.PropertySpec(operation="add", info=info)]),
        )
        bob.finish(bob.vm("app-0007").ReconfigVM_Task(spec))
        event = bob.events("app-0007")[-1]
    assert PLANTED in repr(event)
    words = f'config.vAppConfig.property("password").value: "" -> "{PLANTED}"; config.hardware.numCPU: 2 -> 6;'
    vcsim.control.event(event.key, modified=words, added=f'config.extraConfig("guestinfo.userdata"): "{PLANTED}";')

    capture = go(target(vcsim)).capture
    seen = observed(capture)

    assert PLANTED not in capture.manifest
    assert all(PLANTED.encode() not in capture.body(entry) for entry in capture.entries)
    assert PLANTED not in repr(seen)
    (told,) = [one for one in seen.events if one.id.endswith(f"-{event.key}")]
    assert [(one.path, one.old, one.new) for one in told.names] == [("cpu_count", "2", "6")]
    assert 'config.vAppConfig.property("password").value: hidden' in told.raw
