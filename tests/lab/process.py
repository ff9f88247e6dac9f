"""What both labs need to run a server in the background: a state directory, a lock, a pid that is surely ours.

Standard library only and Linux only: ``/proc`` says what a pid runs.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 0.05


class LabError(Exception):
    """A part of the lab cannot start; the text is one line that says what to do."""


def home() -> Path:
    """Return the folder of everything the lab makes: ``$DRIFTLINE_LAB``, else ``.lab`` in the checkout."""
    return Path(os.environ.get("DRIFTLINE_LAB") or CHECKOUT / ".lab").resolve()  # noqa: TID251 -- no product setting


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` against other processes, and wait for them."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(folder: Path, argv: list[str], env: Mapping[str, str] | None = None) -> int:
    """Start `argv` in a session of its own, output to ``console.log``, pid to ``pid``; return the pid.

    Not a `Popen`: the server outlives the object that started it, and a `Popen` would warn of that.
    """
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    pid = os.posix_spawn(
        argv[0],
        argv,
        {**os.environ, **(env or {})},  # noqa: TID251 -- handed on, not read
        setsid=True,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(folder / "console.log"), write, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    (folder / "pid").write_text(str(pid))
    until(lambda: Path(f"/proc/{pid}/cmdline").read_bytes() != b"", seconds=1)  # a new-born has none for a moment
    return pid


def pid_of(folder: Path, argument: str) -> int | None:
    """Return the pid of the server of `folder`, or None when it does not run.

    `argument` must stand on its command line: pids are used again.
    """
    try:
        pid = int((folder / "pid").read_text())
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if argument.encode() in argv else None


def stop(folder: Path, argument: str, sign: signal.Signals = signal.SIGTERM, seconds: float = 60) -> None:
    """Send `sign` to the server of `folder` and wait for its end; SIGKILL after `seconds`."""
    pid = pid_of(folder, argument)
    if pid is None:
        return
    os.kill(pid, sign)
    if not until(lambda: pid_of(folder, argument) is None, seconds):
        os.kill(pid, signal.SIGKILL)
        until(lambda: pid_of(folder, argument) is None, seconds)
    (folder / "pid").unlink()


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until `condition` holds; False when `seconds` passed first."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(PATIENCE_SECONDS)
    return True


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def can_listen(port: int) -> bool:
    """Return whether `port` of 127.0.0.1 can be taken; connections in TIME_WAIT do not count."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def run(argv: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it printed; a failure becomes one line."""
    whole = {**os.environ, **(env or {})}  # noqa: TID251 -- handed on, not read
    done = subprocess.run(argv, env=whole, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(f"{Path(argv[0]).name} {argv[1]} failed: {said[-1] if said else done.returncode}")
    return done.stdout


def last_lines(file: Path, count: int = 3) -> str:
    """Return the end of a log as one line, for an error."""
    text = file.read_text(errors="replace") if file.exists() else ""
    return " | ".join(text.splitlines()[-count:])
