"""A real agent for tests: net-snmp's snmpd on loopback, with its own state, from Debian packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.lab import process

TOOLS = ("snmpd", "snmpbulkwalk")
ACCOUNTS = {
    "md5des": ("MD5", "DES"),
    "md5aes": ("MD5", "AES"),
    "shades": ("SHA", "DES"),
    "shaaes": ("SHA", "AES"),
    "sha224aes": ("SHA-224", "AES"),
    "sha256aes": ("SHA-256", "AES"),
    "sha384aes": ("SHA-384", "AES"),
    "sha512aes": ("SHA-512", "AES"),
    "shaaes192": ("SHA", "AES-192"),
    "shaaes256": ("SHA", "AES-256"),
    "sha256aes256": ("SHA-256", "AES-256"),
    "shaonly": ("SHA", ""),
    "open": ("", ""),
}
"""Users of the daemon: authentication and privacy protocol."""
AUTH_SECRET, PRIVACY_SECRET = "authpass1", "privpass1"
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def missing() -> str:
    """Why there is no daemon here; empty if there is one. As root the packages are installed."""
    if all(shutil.which(tool, path=PATH) for tool in TOOLS):
        return ""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "no snmpd here: install the packages snmpd and snmp, or run as root on Debian"
    quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    try:
        process.run(["apt-get", "-q", "update"], quiet)
        process.run(["apt-get", "-q", "install", "-y", "--no-install-recommends", "snmpd", "snmp"], quiet)
    except process.LabError as error:
        return str(error)
    return ""


def configuration(port: int) -> str:
    """The daemon's file: everything is readable by the community and by each account at its level."""
    lines = [f"agentAddress udp:127.0.0.1:{port}", "rocommunity public"]
    for name, (auth, privacy) in ACCOUNTS.items():
        level = "priv" if privacy else "auth" if auth else "noauth"
        keys = f" {auth} {AUTH_SECRET}" * bool(auth) + f" {privacy} {PRIVACY_SECRET}" * bool(privacy)
        lines += [f"createUser {name}{keys}", f"rouser {name} {level}"]
    return "\n".join(lines) + "\n"


@contextmanager
def snmpd(folder: Path, namespace: str = "", port: int = 0) -> Iterator[int]:
    """Run a daemon, in a network namespace if one is named; gives its port on that loopback."""
    port = port or process.free_port()
    (folder / "snmpd.conf").write_text(configuration(port))
    enter = ["ip", "netns", "exec", namespace] if namespace else []
    settings = {"PATH": PATH, "MIBS": "", "SNMP_PERSISTENT_DIR": str(folder / "state")}
    command = [*enter, "snmpd", "-f", "-Lf", str(folder / "log"), "-C", "-c", str(folder / "snmpd.conf")]
    daemon = subprocess.Popen(command, env=settings, cwd=folder)  # noqa: S603 -- our own words
    try:
        _wait(port, enter, daemon)
        yield port
    finally:
        daemon.terminate()
        daemon.wait(10)


def tool(words: Sequence[str], enter: Sequence[str] = ()) -> str | None:
    """What a tool of net-snmp prints, without MIB modules; None if it fails."""
    settings = {"PATH": PATH, "MIBS": ""}
    done = subprocess.run([*enter, *words], env=settings, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    return None if done.returncode else done.stdout


def _wait(port: int, enter: Sequence[str], daemon: subprocess.Popen[bytes]) -> None:
    ask = ["snmpget", "-v2c", "-cpublic", "-r0", "-t1", f"127.0.0.1:{port}", "1.3.6.1.2.1.1.3.0"]
    ends = time.monotonic() + 15
    while tool(ask, enter) is None:
        if daemon.poll() is not None or time.monotonic() > ends:
            raise process.LabError("snmpd does not answer")
        time.sleep(0.1)
