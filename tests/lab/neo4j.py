"""A real Neo4j 5.26 Community server for tests, from Maven artefacts, on loopback, Bolt only.

``python3 -m tests.lab.neo4j install | up | down | kill | status [NAME] [--heap SIZE] [--pagecache SIZE]``, from the
checkout, with the standard library alone. Each name is a server with data, port and password of its own.
"""

import argparse
import os
import secrets
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab import bolt, process
from tests.lab.process import LabError, run

START_SECONDS = 90
PORT_SECONDS = 10
POM = Path(__file__).with_name("neo4j-server") / "pom.xml"
PACKAGES = {"java": "openjdk-17-jre-headless", "mvn": "maven"}
OPEN = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.nio", "java.io", "sun.nio.ch")]
CONFIGURATION = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={pagecache}
dbms.usage_report.enabled=false
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=1 files
"""


@dataclass(frozen=True, slots=True)
class Server:
    """One Neo4j server and its data, which survive this object. Sizes as Neo4j writes them: ``512m``, ``2g``."""

    folder: Path
    heap: str = "512m"
    pagecache: str = "256m"
    user: str = "neo4j"

    @property
    def port(self) -> int:
        """The Bolt port; it stays the same over restarts unless somebody else took it."""
        return int((self.folder / "port").read_text())

    @property
    def uri(self) -> str:
        """Where the driver connects."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """The password of the only user, random, made at the first start."""
        return (self.folder / "password").read_text()

    def pid(self) -> int | None:
        """Return the process id, or None when the server does not run."""
        return process.pid_of(self.folder, f"--home-dir={self.folder}")

    def up(self) -> None:
        """Start the server unless it runs, and wait until it answers a query."""
        java = command("java")
        jars = artefacts()
        with process.locked(self.folder):
            if self.pid() is None:
                self._configure()
                if not (self.folder / "password").exists():
                    self._set_password(java, jars)
                place = [f"--home-dir={self.folder}", f"--config-dir={self.folder}"]
                main = "org.neo4j.server.CommunityEntryPoint"
                process.start(self.folder, [java, f"-Xmx{self.heap}", *OPEN, "-cp", f"{jars}/*", main, *place])
            self._wait()

    def down(self) -> None:
        """Stop the server as an operator would; harmless when it does not run."""
        process.stop(self.folder, f"--home-dir={self.folder}")

    def kill(self) -> None:
        """End the server with SIGKILL, as a power failure of the process would; the next `up` recovers."""
        process.stop(self.folder, f"--home-dir={self.folder}", signal.SIGKILL)

    def answers(self) -> bool:
        """Return whether a query is answered now."""
        return self.pid() is not None and bolt.answers(self.port, self.user, self.password)

    def _configure(self) -> None:
        port = self.folder / "port"
        # A killed server leaves the port when its last thread has ended, which is after its pid is gone.
        if not port.exists() or not process.until(lambda: process.can_listen(self.port), PORT_SECONDS):
            port.write_text(str(process.free_port()))
        text = CONFIGURATION.format(port=self.port, pagecache=self.pagecache)
        (self.folder / "neo4j.conf").write_text(text)

    def _set_password(self, java: str, jars: Path) -> None:
        password = secrets.token_hex(16)
        argv = [java, "-cp", f"{jars}/*", "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", password]
        place = {"NEO4J_HOME": str(self.folder), "NEO4J_CONF": str(self.folder)}
        run(argv, place)
        (self.folder / "password").write_text(password)
        (self.folder / "password").chmod(0o600)

    def _wait(self) -> None:
        if process.until(lambda: self.answers() or self.pid() is None, START_SECONDS) and self.pid() is not None:
            return
        raise LabError(f"Neo4j does not answer: {process.last_lines(self.folder / 'console.log')}")


def server(name: str = "default", heap: str = "512m", pagecache: str = "256m") -> Server:
    """Return the server called `name`, running or not."""
    return Server(process.home() / "neo4j" / name, heap, pagecache)


def install() -> None:
    """Fetch what `Server.up` needs: Debian packages (as root) and the jars (116 MB, once)."""
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    apt = shutil.which("apt-get")
    if missing and apt and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run([apt, "update"], quiet)
        run([apt, "install", "-y", "--no-install-recommends", *missing], quiet)
    command("java")
    artefacts()


def artefacts() -> Path:
    """Return the folder with the jars of the server; the first time Maven fills it."""
    jars = process.home() / "neo4j-jars"
    with process.locked(process.home()):
        if not jars.exists():
            part = jars.with_suffix(".part")
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={part}"]
            run([command("mvn"), "-q", "-B", "-f", str(POM), *goal])
            part.rename(jars)
    return jars


def command(name: str) -> str:
    """Return the path of a program, or say which package has it."""
    path = shutil.which(name)
    if path is None:
        raise LabError(f"{name} is missing: install the Debian packages {' '.join(PACKAGES.values())}")
    return path


def main() -> None:
    """Do what the command line says and print one line."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab.neo4j", description=__doc__)
    parser.add_argument("action", choices=["install", "up", "down", "kill", "status"])
    parser.add_argument("name", nargs="?", default="default")
    parser.add_argument("--heap", default="512m")
    parser.add_argument("--pagecache", default="256m")
    asked = parser.parse_args()
    one = server(asked.name, asked.heap, asked.pagecache)
    try:
        install() if asked.action == "install" else getattr(one, asked.action, one.answers)()
    except LabError as error:
        sys.exit(f"lab: {error}")
    print(f"up {one.uri} {one.user} {one.password}" if one.answers() else "down")  # noqa: T201 -- a command's answer


if __name__ == "__main__":
    main()
