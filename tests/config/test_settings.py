"""Settings: where they come from, what they default to, and that everything printed about them is true."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

from driftline import config
from driftline.config import (
    ConfigurationError,
    Neo4jStore,
    PolicySettings,
    Settings,
    SqliteStore,
    find_file,
    load_policy,
)
from driftline.config.units import read_duration, show_duration, split_address
from driftline.config.yaml_reader import read_yaml

FULL = """\
version: 1
site: {name: Example DC, time_zone: Europe/Berlin, contact: noc@example.com}
store: {kind: neo4j, url: "neo4j+s://db:7687", password: "env:NEO"}
captures: /var/lib/driftline/captures
http: {bind: "[::1]:9000"}
networks: [127.0.0.0/8, "fd00::/8"]
credentials:
  vc-ro: {user: reader, password: "file:/run/secrets/vc"}
targets:
  - name: vcenter-ber1
    collector: vsphere
    address: 127.0.0.1:8989
    credential: vc-ro
    every: 15m
    tls: {ca: certs/ca.pem}
records:
  - {source: itsm, changes: [records/changes.json], people: [records/people.csv], zone: Europe/Berlin}
policy: policy.yaml
zone: UTC
log: {format: json}
"""


def load(folder: Path, text: str, **environ: str) -> Settings:
    """Settings of a file with this text."""
    file = folder / "driftline.yaml"
    file.write_text(text, encoding="utf-8")
    return Settings.load(file, environ)


def models(kind: type[BaseModel] = BaseModel) -> set[type[BaseModel]]:
    """Every model of the room."""
    found = {one for child in kind.__subclasses__() for one in models(child)}
    return {one for one in found | {kind} if one.__module__.startswith("driftline.config")}


def test_a_full_file_is_read(tmp_path: Path) -> None:
    """One YAML file names the site, the store, the targets and the records."""
    settings = load(tmp_path, FULL)
    target = settings.targets[0]
    assert isinstance(settings.store, Neo4jStore)
    assert (settings.store.user, str(settings.store.password)) == ("neo4j", "env:NEO")
    assert (settings.http.host, settings.http.port) == ("::1", 9000)
    assert settings.networks == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
    assert (target.every, target.address) == (timedelta(minutes=15), "127.0.0.1:8989")
    assert settings.log.level == "info"


def test_relative_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    """The same file means the same paths wherever the command is run; a default path too."""
    settings = load(tmp_path, FULL)
    assert settings.policy == tmp_path / "policy.yaml"
    assert settings.targets[0].tls is not None
    assert settings.targets[0].tls.ca == tmp_path / "certs/ca.pem"
    assert settings.records[0].changes == (tmp_path / "records/changes.json",)
    assert settings.captures == Path("/var/lib/driftline/captures")
    store = load(tmp_path, "version: 1\n").store
    assert isinstance(store, SqliteStore)
    assert store.path == tmp_path / "data/driftline.db"


def test_settings_do_not_change(tmp_path: Path) -> None:
    """Settings are values."""
    settings = load(tmp_path, FULL)
    with pytest.raises(ValidationError):
        settings.site.name = "other"


def test_the_file_is_found_in_the_order_that_is_documented(tmp_path: Path) -> None:
    """`--config`, `DRIFTLINE_CONFIG`, `./driftline.yaml`, XDG."""
    here, home = tmp_path / "here", tmp_path / "home"
    user = home / ".config/driftline/driftline.yaml"
    for file in (here / "driftline.yaml", user):
        file.parent.mkdir(parents=True)
        file.touch()
    environ = {"HOME": str(home), "DRIFTLINE_CONFIG": "named.yaml"}
    assert find_file(Path("option.yaml"), environ, here) == Path("option.yaml")
    assert find_file(None, environ, here) == Path("named.yaml")
    assert find_file(None, {"HOME": str(home)}, here) == here / "driftline.yaml"
    assert find_file(None, {"HOME": str(home)}, tmp_path) == user
    assert find_file(None, {"XDG_CONFIG_HOME": str(home / ".config")}, tmp_path) == user
    assert find_file(None, {}, tmp_path) in {None, Path("/etc/driftline/driftline.yaml")}


def test_a_named_file_that_is_absent_is_an_error(tmp_path: Path) -> None:
    """Defaults never stand in for a file that somebody named."""
    with pytest.raises(ConfigurationError, match=r"absent\.yaml: cannot be read: No such file"):
        Settings.load(tmp_path / "absent.yaml", {})


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """`DRIFTLINE__HTTP__BIND` overrides; other variables do not."""
    environ = {
        "DRIFTLINE__HTTP__BIND": "0.0.0.0:80",
        "DRIFTLINE__CREDENTIALS__VC_RO__USER": "other",
        "DRIFTLINE__TARGETS__0__EVERY": "4h",
        "DRIFTLINE__NETWORKS": "[10.0.0.0/8]",
        "DRIFTLINE_CONFIG": "x",
        "DRIFTLINE": "x",
    }
    settings = load(tmp_path, FULL, **environ)
    assert settings.http.port == 80
    assert settings.credentials["vc-ro"].model_dump()["user"] == "other"
    assert settings.targets[0].every == timedelta(hours=4)
    assert settings.networks == (ip_network("10.0.0.0/8"),)


def test_overrides_alone_are_enough() -> None:
    """No file is needed."""
    store = Settings.load(None, {"DRIFTLINE__STORE__PATH": "/srv/driftline.db"}).store
    assert store == SqliteStore(path=Path("/srv/driftline.db"))


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("DRIFTLINE__HTPP__BIND", "x", 'DRIFTLINE__HTPP__BIND htpp: unknown key; did you mean "http"?'),
        ("DRIFTLINE__HTTP__BNID", "x", 'DRIFTLINE__HTTP__BNID http.bnid: unknown key; did you mean "bind"?'),
        ("DRIFTLINE__SITE__NAME", "", "DRIFTLINE__SITE__NAME site.name: must not be empty"),
        ("DRIFTLINE__SITE__NAME__X", "x", "DRIFTLINE__SITE__NAME__X site.name.x: no such setting"),
        ("DRIFTLINE__TARGETS__7__EVERY", "1h", "DRIFTLINE__TARGETS__7__EVERY targets.7.every: no such setting"),
        ("DRIFTLINE__NETWORKS", "[", "DRIFTLINE__NETWORKS:1:"),
        ("DRIFTLINE__STORE__KIND", "neo4", 'DRIFTLINE__STORE__KIND store.kind: "sqlite", "neo4j" expected'),
        ("DRIFTLINE__NETWORKS", "10.0.0.0/8", "DRIFTLINE__NETWORKS networks: a list expected"),
        ("DRIFTLINE__LOG__LEVEL", "loud", "DRIFTLINE__LOG__LEVEL log.level: "),
        ("DRIFTLINE__TARGETS__0__EVERY", "60", "DRIFTLINE__TARGETS__0__EVERY targets[0].every: a duration with"),
    ],
)
def test_a_wrong_override_names_its_variable(tmp_path: Path, variable: str, text: str, message: str) -> None:
    """An error of the environment is said of the variable, not of a line of the file."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, FULL, **{variable: text})
    assert str(caught.value).startswith(message)


def test_what_an_override_leaves_out_is_said_of_it() -> None:
    """Without a file there is no line to name."""
    with pytest.raises(ConfigurationError, match=r"DRIFTLINE__STORE__KIND store\.url: is required"):
        Settings.load(None, {"DRIFTLINE__STORE__KIND": "neo4j"})


def test_faults_of_file_and_environment_come_together(tmp_path: Path) -> None:
    """Errors all at once."""
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "site: {title: x}\n", DRIFTLINE__LOG__LEVEL="loud")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("4h", 14_400), ("30d", 2_592_000), ("0s", 0), ("72h", 259_200)]
)
def test_durations_have_units(text: str, seconds: int) -> None:
    """`90s 15m 4h 30d`, and what is shown reads back the same."""
    duration = read_duration(text)
    assert duration == timedelta(seconds=seconds)
    assert read_duration(show_duration(duration)) == duration


@pytest.mark.parametrize("given", ["90", 90, "1.5h", "-1h", "1 h", "1h\n", "1H", "h", "", None, "1h30m", "٣h"])
def test_a_duration_without_a_clear_unit_is_refused(given: object) -> None:
    """A number alone is refused, and so is anything that would have to be guessed."""
    with pytest.raises(ValueError, match="a duration with its unit expected"):
        read_duration(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vc.example.com", ("vc.example.com", None)),
        ("10.0.0.1:443", ("10.0.0.1", 443)),
        ("[2001:db8::1]:443", ("2001:db8::1", 443)),
        ("https://vc", None),
        ("user@vc", None),
        ("vc/sdk", None),
        ("vc:0", None),
        ("vc\n", None),
        ("2001:db8::1", None),
        ("", None),
    ],
)
def test_an_address_is_host_and_port(text: str, expected: tuple[str, int | None] | None) -> None:
    """No scheme, no path, no account."""
    assert split_address(text) == expected


def test_a_pin_may_be_written_as_tools_print_it(tmp_path: Path) -> None:
    """Colons and capitals, as openssl prints them."""
    printed = ":".join(["AB"] * 32)
    settings = load(tmp_path, FULL.replace("{ca: certs/ca.pem}", f'{{pin: "{printed}"}}'))
    assert settings.targets[0].tls is not None
    assert settings.targets[0].tls.pin == "sha256:" + "ab" * 32


def test_every_setting_is_described() -> None:
    """Every field of every model says what it is."""
    assert len(models()) > 10
    silent = [
        f"{model.__name__}.{name}" for model in models() for name, f in model.model_fields.items() if not f.description
    ]
    assert not silent
    assert not [model for model in models() if not model.__doc__]


def test_every_value_is_shown_with_its_origin(tmp_path: Path) -> None:
    """`config show` prints each value with origin (default, file:line, env)."""
    settings = load(tmp_path, FULL, DRIFTLINE__LOG__LEVEL="debug")
    shown = {row.path: (row.value, row.origin) for row in config.show(settings)}
    file = tmp_path / "driftline.yaml"
    assert shown["site.name"] == ('"Example DC"', f"{file}:2")
    assert shown["targets[0].every"] == ("15m", f"{file}:14")
    assert shown["targets[0].site"] == ("null", "default")
    assert shown["log.level"] == ("debug", "env DRIFTLINE__LOG__LEVEL")
    assert shown["credentials.vc-ro.password"] == ('"file:/run/secrets/vc"', f"{file}:8")
    assert shown["store.user"] == ("neo4j", "default")


def uncommented(text: str) -> str:
    """The example with every default switched on."""
    return re.sub(r"(?m)^#(?=\S|  )", "", text)


def test_the_example_is_the_defaults(tmp_path: Path) -> None:
    """`config example` validates and equals the models, as printed and with every comment taken away."""
    text = config.example()
    plain = dict(load(tmp_path, "version: 1\n"))
    assert dict(load(tmp_path, text)) == plain
    assert dict(load(tmp_path, uncommented(text))) == plain
    assert set(read_yaml(uncommented(text), "example").root.plain()) == set(Settings.model_fields)


def test_every_default_stands_in_the_example(tmp_path: Path) -> None:
    """Every setting that has a value stands in the example, so that a person can find it."""
    shown = config.show(load(tmp_path, uncommented(config.example())))
    assert {row.path for row in shown if row.origin == "default"} == set()
    assert len(shown) > 12


def test_the_samples_in_the_example_are_valid_together(tmp_path: Path) -> None:
    """What stands after "# key:" can be copied."""
    samples = re.findall(r"(?m)^# ((?:store|networks|credentials|targets|records): .*)", config.example())
    settings = load(tmp_path, "\n".join(samples))
    assert len(samples) == 5
    assert settings.targets[0].credential in settings.credentials


def test_the_schema_accepts_what_we_accept(tmp_path: Path) -> None:
    """`config schema` gives JSON Schema for editors."""
    schema = config.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    load(tmp_path, FULL)
    full: dict[str, Any] = read_yaml(FULL, "full").root.plain()
    assert validator.is_valid(full)
    assert not validator.is_valid({**full, "htpp": {}})
    assert not validator.is_valid({**full, "targets": [{**full["targets"][0], "every": 60}]})
    assert not validator.is_valid({"store": {"kind": "neo4j", "url": "bolt://db", "password": "hunter2"}})


def test_the_door_is_sorted_and_true() -> None:
    """The door names what stands behind it."""
    assert config.__all__ == sorted(config.__all__)
    assert all(hasattr(config, name) for name in config.__all__)


def test_the_shipped_policy_is_the_default_of_its_model() -> None:
    """Code and file say the same."""
    assert load_policy() == PolicySettings()


NETWORK = """\
credentials:
  old: {kind: snmp, community: "env:COM", version: "1"}
  v3: {kind: snmp_v3, user: r, auth: SHA-256, auth_secret: "env:A", privacy: AES, privacy_secret: "env:P"}
  cli: {kind: ssh, user: r, key: "env:KEY", port: 2222}
targets:
  - {name: sw1, collector: network, address: "10.0.0.1:1161", credentials: [v3, old, cli], snmp: {at_once: 1}}
  - {name: fw1, collector: network, address: 10.0.0.2, credential: cli, platform: paloalto_panos}
"""


def test_a_network_target_names_its_credentials_in_order(tmp_path: Path) -> None:
    """Communities, users of SNMP 3 and accounts of a command line, each secret a reference; tried in this order."""
    settings = load(tmp_path, NETWORK)
    switch, firewall = settings.targets
    assert switch.accounts == ("v3", "old", "cli")
    assert firewall.accounts == ("cli",)
    assert (switch.snmp.at_once, switch.snmp.engine, firewall.platform) == (1, "fast", "paloalto_panos")
    secrets = [str(one) for name in switch.accounts for one in settings.credentials[name].secrets]
    assert secrets == ["env:A", "env:P", "env:COM", "env:KEY"]
