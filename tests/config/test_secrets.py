"""A secret's value is nowhere but where it is used."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from pathlib import Path

import pytest

from driftline.config import ConfigurationError, Secret, SecretError, SecretReader, Settings, example, show

CANARY = "CANARY-7f3&<é"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose only secret stands in the file itself."""
    file = tmp_path / "driftline.yaml"
    file.write_text(f"credentials:\n  ro: {{user: reader, password: 'plain:{CANARY}'}}\n", encoding="utf-8")
    return Settings.load(file, {})


def secret_file(folder: Path, content: bytes, mode: int = 0o600) -> Secret:
    """A reference to a file with this content and mode."""
    path = folder / "secret"
    path.write_bytes(content)
    path.chmod(mode)
    return Secret.parse(f"file:{path}")


def test_the_value_is_in_no_text_made_of_it(settings: Settings) -> None:
    """Type `Secret` has no str, no JSON: the value is in none of them, and in no copy or listing of the settings."""
    (secret,) = settings.credentials["ro"].secrets
    reader = SecretReader({})
    assert reader.open(secret) == CANARY
    texts = [
        *(str(secret), repr(secret), f"{secret}", f"{secret!r:>40}", "%s %r" % (secret, secret)),  # noqa: UP031 -- every way
        *(repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()),
        *(repr(copy.deepcopy(settings)), repr(show(settings)), example(), json.dumps(Settings.model_json_schema())),
        *(repr(reader), str(vars(reader)["_environ"])),
    ]
    assert not [text for text in texts if "CANARY" in text]
    assert str(secret) == "plain:***"


def test_a_secret_is_not_pickled(settings: Settings) -> None:
    """No pickle, of the secret nor of what holds it."""
    for thing in (settings.credentials["ro"].secrets[0], settings):
        with pytest.raises(TypeError, match="a Secret is not pickled"):
            pickle.dumps(thing)


def test_a_secret_is_not_json() -> None:
    """No JSON by accident."""
    with pytest.raises(TypeError):
        json.dumps(Secret.parse(f"plain:{CANARY}"))


@pytest.mark.parametrize(
    "text",
    [
        f"credentials: {{ro: {{user: u, password: {CANARY!r}}}}}",
        f"credentials: {{ro: {{user: u, password: ['plain:{CANARY}']}}}}",
        f"credentials: {{ro: {{user: u, password: 'exec:{CANARY}'}}}}",
        f"credentials: {{ro: {{usr: u, password: 'plain:{CANARY}'}}}}",
        f"credentials: {{ro: 'plain:{CANARY}'}}",
        f"credentials:\n  ro:\n    password: >\n      {CANARY}\n",
        f"credentials:\n  ro:\n    password: '{CANARY}\n",
        f"store: {{kind: neo4j, url: 'bolt://u:{CANARY}@db', password: 'plain:{CANARY}'}}",
    ],
)
def test_a_fault_beside_a_secret_does_not_show_it(tmp_path: Path, text: str) -> None:
    """Neither the message, nor the line, nor the exceptions behind it hold the value."""
    file = tmp_path / "driftline.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(file, {})
    shown = "".join(traceback.format_exception(caught.value))
    assert "CANARY" not in shown.split("Settings.load(file, {})")[-1]
    assert "CANARY" not in repr(caught.value.problems)
    assert "CANARY" not in repr(caught.value.__context__)


def test_an_override_beside_a_secret_does_not_show_it() -> None:
    """A secret given by the environment is not shown either."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(None, {"DRIFTLINE__CREDENTIALS__RO__PASSWORD": CANARY})
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "shown"),
    [("env:VC", "env:VC"), ("file:/run/vc", "file:/run/vc"), ("cred:vc", "cred:vc"), ("plain:x", "plain:***")],
)
def test_a_reference_shows_where_the_secret_is(reference: str, shown: str) -> None:
    """A person sees which secret is meant."""
    secret = Secret.parse(reference)
    assert str(secret) == shown
    assert repr(secret) == f"<Secret {shown}>"
    assert secret == Secret.parse(reference)
    assert secret != Secret.parse(reference + "2")


@pytest.mark.parametrize("reference", ["hunter2", "env:", "", "ENV:X", "http://x", 5, None, ["env:X"]])
def test_what_is_no_reference_is_refused(reference: object) -> None:
    """Secret fields take references only."""
    with pytest.raises(ValueError, match="a reference is needed"):
        Secret.parse(reference)


def test_a_secret_is_read_where_it_is_used(tmp_path: Path) -> None:
    """Resolved at use: a rotated secret is found without a restart."""
    reader = SecretReader({"VC": "from-environment", "CREDENTIALS_DIRECTORY": str(tmp_path)})
    secret = secret_file(tmp_path, b"first\n")
    assert reader.open(secret) == "first"
    secret_file(tmp_path, b"second\r\n")
    assert reader.open(secret) == "second"
    assert reader.open(Secret.parse("cred:secret")) == "second"
    assert reader.open(Secret.parse("env:VC")) == "from-environment"


def test_only_the_line_end_of_an_editor_is_taken_off(tmp_path: Path) -> None:
    """Blanks may belong to a password."""
    assert SecretReader({}).open(secret_file(tmp_path, b" a b \n\n")) == " a b \n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A file readable by group or others is a clear error."""
    secret = secret_file(tmp_path, CANARY.encode(), mode)
    with pytest.raises(SecretError, match="readable by group or others") as caught:
        SecretReader({}).open(secret)
    assert "CANARY" not in str(caught.value)
    assert f"chmod 600 {tmp_path}/secret" in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("env:ABSENT", "not set"),
        ("file:/nonexistent/secret", "No such file"),
        ("file:/", "Is a directory"),
        ("cred:vc", "LoadCredential"),
        ("env:EMPTY", "is empty"),
    ],
)
def test_a_secret_that_cannot_be_opened_says_why(reference: str, why: str) -> None:
    """One clear line: which reference, and what is wrong with it."""
    with pytest.raises(SecretError, match=why) as caught:
        SecretReader({"EMPTY": ""}).open(Secret.parse(reference))
    assert str(caught.value).startswith(f"{reference}: ")


@pytest.mark.parametrize("content", [b"\xff" + CANARY.encode(), CANARY.encode() * 10_000])
def test_an_odd_file_is_refused_without_its_content(tmp_path: Path, content: bytes) -> None:
    """Not text, or far too much of it."""
    with pytest.raises(SecretError) as caught:
        SecretReader({}).open(secret_file(tmp_path, content))
    assert "CANARY" not in "".join(traceback.format_exception(caught.value))


def test_an_opened_secret_is_masked_in_any_text() -> None:
    """Logs mask what was opened, also where it is escaped for a URL, XML or JSON."""
    reader = SecretReader({})
    before = reader.mask(CANARY)
    reader.open(Secret.parse(f"plain:{CANARY}"))
    assert before == CANARY
    for text in (CANARY, "CANARY-7f3%26%3C%C3%A9", "CANARY-7f3&amp;&lt;é", json.dumps(CANARY)[1:-1]):
        assert reader.mask(f"a {text} b") == "a *** b"
