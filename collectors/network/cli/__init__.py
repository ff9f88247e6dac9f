"""Reads network devices by their command line over SSH. In: listed commands; out: answers without their secrets.

There is no configuration mode. The instrument is ``fake_device``; what is asked and read of a platform is one file in
``platforms``; configurations are read in ``configuration`` and compared in ``difference``.
"""

from __future__ import annotations

from driftline.collectors.network.cli.redact import Redactor
from driftline.collectors.network.cli.session import SshShell, threads
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliLimits, CliPeer, Shell

__all__ = ["CliAccount", "CliFacts", "CliLimits", "CliPeer", "Redactor", "Shell", "SshShell", "threads"]
