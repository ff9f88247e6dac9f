"""The settings of driftline: one YAML file, overridden by the environment, checked as a whole when it is loaded.

``Settings.load`` is the only way in. Relative paths are taken from the folder of the file. Every field is described
here and nowhere else: ``config example``, ``config schema`` and the reference page are made from these classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, PrivateAttr, Tag, ValidationInfo, model_validator

from driftline.config.checking import Strict, check, read_document
from driftline.config.credentials import EXAMPLES, TAKES, Credential
from driftline.config.environment import Override, overlay, overrides
from driftline.config.problems import ConfigurationError, nearest
from driftline.config.problems import Path as Way
from driftline.config.secrets import Secret
from driftline.config.units import (
    Address,
    AnyNetwork,
    Bind,
    BoltUrl,
    Duration,
    Pin,
    Text,
    Zone,
    split_address,
)
from driftline.config.yaml_reader import Document, read_yaml


def _beside_file(path: Path, info: ValidationInfo) -> Path:
    """Relative paths count from the folder of the configuration file."""
    folder = (info.context or {}).get("folder")
    return folder / path if folder else path


def _store_kind(given: object) -> str | None:
    """Which store is meant; without ``kind`` the embedded one. None: not even a mapping."""
    if isinstance(given, Mapping):
        return str(given.get("kind", "sqlite"))
    return getattr(given, "kind", None)


FilePath = Annotated[Path, AfterValidator(_beside_file)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$")]


class Site(Strict):
    """The site that this installation serves."""

    name: Text = Field(default="default", description="Name of the site, in reports and exports.")
    time_zone: Zone = Field(default="UTC", description="Time zone of the site, by its IANA name.")
    contact: Text | None = Field(default=None, description="Whom to reach about this installation.")


class SqliteStore(Strict):
    """The embedded store: one file."""

    kind: Literal["sqlite"] = Field(default="sqlite", description="The embedded store.")
    path: FilePath = Field(default=Path("data/driftline.db"), description="The database file.")


class Neo4jStore(Strict):
    """A Neo4j server."""

    kind: Literal["neo4j"] = Field(default="neo4j", description="A Neo4j server.")
    url: BoltUrl = Field(description="Address of the server, bolt:// or neo4j://.")
    user: Text = Field(default="neo4j", description="Account that may write to the database.")
    password: Secret = Field(description="Reference to the password.")


Store = Annotated[
    Annotated[SqliteStore, Tag("sqlite")] | Annotated[Neo4jStore, Tag("neo4j")],
    Discriminator(_store_kind),
]


class Http(Strict):
    """The listening side of the API."""

    bind: Bind = Field(default="127.0.0.1:8484", description="Address and port to listen on.")

    @property
    def host(self) -> str:
        """Host to listen on, an IPv6 address without brackets."""
        return self._split[0]

    @property
    def port(self) -> int:
        """Port to listen on."""
        return self._split[1]

    @property
    def _split(self) -> tuple[str, int]:
        host, port = split_address(self.bind) or ("", None)
        return host, port or 0


class Log(Strict):
    """What is logged, and in which form."""

    format: Literal["console", "json"] = Field(default="console", description="Lines for people or for programs.")
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe line to write."
    )


class Triggers(Strict):
    """Receivers of what network devices say by themselves. A message makes its device be read soon, and no more."""

    syslog: Bind | None = Field(
        default=None, description="Address and UDP port for syslog messages; without it nobody listens."
    )
    traps: Bind | None = Field(
        default=None, description="The same for SNMP traps and informs of versions 1 and 2c, without keys."
    )
    debounce: Annotated[Duration, Field(ge=timedelta(seconds=1))] = Field(
        default=timedelta(seconds=10), description="For so long a device must be quiet before it is read."
    )
    least: Annotated[Duration, Field(ge=timedelta(seconds=1))] = Field(
        default=timedelta(minutes=1), description="Time between two readings of a device because of messages, at least."
    )


class Tls(Strict):
    """How to trust a source whose certificate no public authority signed: by its authority, or by itself."""

    ca: FilePath | None = Field(default=None, description="File with the certificates (PEM) of the authority to trust.")
    pin: Pin | None = Field(
        default=None, description='SHA-256 fingerprint of the certificate, "sha256:" and 64 digits.'
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.ca is None) == (self.pin is None):
            raise ValueError('either "ca" or "pin" expected')
        return self


class Snmp(Strict):
    """How a network device is asked by SNMP."""

    engine: Literal["fast", "pysnmp"] = Field(
        default="fast", description="The engine; pysnmp for single devices that the fast one does not get along with."
    )
    at_once: Annotated[int, Field(ge=1, le=16)] = Field(
        default=4, description="Tables that are read at the same time; 1 for slow devices."
    )
    per_second: Annotated[int, Field(ge=0)] = Field(
        default=0, description="Requests per second at most, for old processors; 0 does not limit."
    )


class Target(Strict):
    """An address that a collector visits."""

    name: Name = Field(description="Name of the target, for commands and reports.")
    collector: Name = Field(description="The collector that reads it.")
    address: Address = Field(description="Host name or IP address, with :PORT where it is not the usual one.")
    credential: str = Field(default="", description="Name of an entry of credentials.")
    credentials: tuple[Text, ...] = Field(
        default=(), description="Names of several, tried in this order; for network targets."
    )
    every: Annotated[Duration, Field(ge=timedelta(seconds=1))] = Field(
        default=timedelta(hours=1), description="Time from one visit to the next."
    )
    site: Text | None = Field(default=None, description="Site of the equipment, where it is not this one.")
    tls: Tls | None = Field(
        default=None, description="How to trust its certificate; by the system's authorities if not given."
    )
    platform: Name | None = Field(default=None, description="Platform of a network device that has no SNMP to tell it.")
    snmp: Snmp = Field(default=Snmp(), description="How gently a network device is asked.")

    @property
    def accounts(self) -> tuple[str, ...]:
        """Names of the credentials, in the order in which they are tried."""
        return self.credentials or (self.credential,)


class RecordFiles(Strict):
    """Files with change requests, and with the people and services behind the equipment."""

    source: Name = Field(default="files", description="Name of the system that the records come from.")
    changes: tuple[FilePath, ...] = Field(
        default=(), description="Change requests: JSON files, or folders of the five CSV files."
    )
    people: tuple[FilePath, ...] = Field(default=(), description="People, teams, customers, services and criticality.")
    zone: Zone | None = Field(
        default=None, description="Time zone of times that name none; without it such a time is an error."
    )
    encoding: Text = Field(default="utf-8", description="Encoding of CSV files.")
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = Field(
        default=",", description="Between columns of CSV files."
    )

    @model_validator(mode="after")
    def _some_file(self) -> Self:
        if not (self.changes or self.people):
            raise ValueError('"changes" or "people" expected')
        return self


_TARGET = {
    "name": "vcenter-ber1",
    "collector": "vsphere",
    "address": "vc.example.com",
    "credential": "vc-ro",
    "every": "1h",
}
_NEO4J = {"kind": "neo4j", "url": "bolt://db:7687", "user": "neo4j", "password": "file:/run/secrets/neo4j"}
_TRIGGERS = {"syslog": "10.0.0.5:5140", "traps": "10.0.0.5:1162"}
_RECORDS = {
    "source": "itsm",
    "changes": ["records/changes.json"],
    "people": ["records/people.csv"],
    "zone": "Europe/Berlin",
}


class Settings(Strict):
    """The whole configuration."""

    version: Literal[1] = Field(default=1, description="Version of this file's form.")
    site: Site = Field(default=Site(), description="The site that this installation serves.")
    store: Store = Field(
        default=SqliteStore(), description="Where the graph and its history are kept.", examples=[_NEO4J]
    )
    captures: FilePath = Field(default=Path("data/captures"), description="Folder of the raw answers of every visit.")
    http: Http = Field(default=Http(), description="The listening side of the API.")
    triggers: Triggers = Field(
        default=Triggers(), description="Receivers of messages of network devices.", examples=[_TRIGGERS]
    )
    networks: tuple[AnyNetwork, ...] = Field(
        default=(),
        description="Networks to connect to. Loopback, link-local and metadata addresses are refused unless listed.",
        examples=[["10.1.0.0/16", "127.0.0.0/8"]],
    )
    credentials: Mapping[Text, Credential] = Field(
        default={},
        description="Accounts by name; secrets as references: env: file: cred: plain:.",
        examples=[EXAMPLES],
    )
    targets: tuple[Target, ...] = Field(default=(), description="What to visit, and how often.", examples=[[_TARGET]])
    records: tuple[RecordFiles, ...] = Field(
        default=(), description="Where change requests come from.", examples=[[_RECORDS]]
    )
    policy: FilePath | None = Field(default=None, description="File of the verdict policy; without it the shipped one.")
    zone: Zone | None = Field(default=None, description="Time zone in which times are shown; without it the site's.")
    log: Log = Field(default=Log(), description="What is logged, and in which form.")

    _document: Document = PrivateAttr()
    _written: Mapping[Way, Override] = PrivateAttr()

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str], *, collectors: Collection[str] = ()) -> Self:
        """Read the file, if any, then what the environment overrides, and check all of it.

        ``collectors`` are the names that targets may use; left empty, any name passes.

        Raises:
            ConfigurationError: with every fault of the file and the environment.
        """
        document = read_document(path) if path else read_yaml("", "defaults")
        given = document.root.plain()
        written = overlay(given, overrides(environ))
        folder = path.parent.absolute() if path else Path.cwd()
        problems = [document.problem(path, message) for path, message in _wrong_names(given, collectors)]
        settings: Self | None = None
        try:
            settings = check(cls, given, document, written=written, context={"folder": folder})
        except ConfigurationError as error:
            problems += error.problems
        if settings is None or problems:
            raise ConfigurationError(problems)
        settings._document, settings._written = document, written  # noqa: SLF001 -- our own, set once
        return settings

    def origin(self, path: Way) -> str:
        """Who set the value at a path: ``env NAME``, ``file:line``, or ``default``."""
        variable = next(
            (self._written[path[:n]].variable for n in range(len(path), 0, -1) if path[:n] in self._written), ""
        )
        if variable:
            return f"env {variable}"
        found = self._document.find(path)
        return f"{self._document.source}:{found.at.line}" if found else "default"


def _wrong_names(given: Mapping[str, Any], collectors: Collection[str]) -> Iterator[tuple[Way, str]]:
    """Names used twice, or that name nothing: asked of the file as written, so that they are said with all the rest."""
    yield from _repeated("targets", "name", _rows(given, "targets"))
    yield from _repeated("records", "source", _rows(given, "records"))
    known = given.get("credentials")
    accounts: Mapping[str, Any] = known if isinstance(known, Mapping) else {}
    for n, target in _rows(given, "targets"):
        name = target.get("collector")
        if isinstance(name, str) and collectors and name not in collectors:
            yield ("targets", n, "collector"), f"no such collector{nearest(name, collectors)}"
        for way, message in _wrong_accounts(target, accounts):
            yield ("targets", n, *way), message


def _wrong_accounts(target: Mapping[str, Any], accounts: Mapping[str, Any]) -> Iterator[tuple[Way, str]]:
    """Credentials of a target that are not there, or of a kind that its collector has no use for."""
    named: list[tuple[Way, object]] = [(("credential",), target["credential"])] if "credential" in target else []
    several = target.get("credentials")
    named += [(("credentials", n), one) for n, one in enumerate(several if isinstance(several, list) else ())]
    if not named and not several:
        yield ("credential",), "is required"
    elif "credential" in target and "credentials" in target:
        yield ("credentials",), 'either "credential" or "credentials" expected'
    takes = TAKES.get(str(target.get("collector")), ("login",))
    if len(named) > 1 and takes == ("login",):
        yield ("credentials",), "this collector takes one"
    for way, name in named:
        if isinstance(name, str) and name not in accounts:
            yield way, f"no such credential{nearest(name, accounts)}"
        elif isinstance(name, str) and (kind := _kind_of(accounts[name])) not in takes:
            yield way, f'"{name}" is of kind {kind}; this collector takes {", ".join(takes)}'


def _kind_of(account: object) -> str:
    return str(account.get("kind", "login")) if isinstance(account, Mapping) else "login"


def _repeated(part: str, field: str, rows: list[tuple[int, Mapping[str, Any]]]) -> Iterator[tuple[Way, str]]:
    first: dict[str, int] = {}
    for n, row in rows:
        name = row.get(field)
        if isinstance(name, str) and first.setdefault(name, n) < n:
            yield (part, n, field), f'a second "{name}"; the first is {part}[{first[name]}]'


def _rows(given: Mapping[str, Any], part: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings of a list, each with its index; whatever else stands there is another fault."""
    rows = given.get(part)
    return [(n, row) for n, row in enumerate(rows if isinstance(rows, list) else []) if isinstance(row, Mapping)]


def schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    return Settings.model_json_schema(mode="validation")
