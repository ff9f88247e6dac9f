"""The two files of judgement: the verdict policy, and the volatility of a platform."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from driftline.config import ConfigurationError, PolicySettings, load_policy, load_volatility
from driftline.config.policy import DEFAULT_FILE
from driftline.config.yaml_reader import read_yaml

CLASSES = ("identity", "config", "runtime", "derived", "counter", "ephemeral")
FIELDS = ("virtual_machine.boot_time", "virtual_machine.name")


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    file = folder / "file.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_policy_has_the_figures_of_the_specification() -> None:
    """Linger 72 h, raise limit 24 h, review 72 h, clock 5 min, delta 2 min, k 2, mass loss max(5, 10 %), N 50."""
    policy = load_policy()
    assert policy.linger == timedelta(hours=72)
    assert policy.emergency.raise_limit == timedelta(hours=24)
    assert policy.emergency.review_term == timedelta(hours=72)
    assert policy.unmeasured_clock_error == timedelta(minutes=5)
    assert policy.bracket_delta == timedelta(minutes=2)
    assert policy.delete_after_absences == 2
    assert (policy.mass_loss.objects, policy.mass_loss.percent) == (5, 10)
    assert (policy.who, policy.who_by_criticality) == ("flag", {"crown_jewel": "require"})
    assert (policy.early_closure, policy.material_edit, policy.unproven_baseline) == ("revoke", "keep", "on_accept")
    assert policy.broad_scope == 50


def test_the_shipped_file_names_every_key() -> None:
    """A person who copies it sees all there is."""
    assert list(read_yaml(DEFAULT_FILE.read_text(encoding="utf-8"), "").root.plain()) == list(
        PolicySettings.model_fields
    )


def test_a_site_says_only_what_differs(tmp_path: Path) -> None:
    """The rest is as shipped."""
    policy = load_policy(written(tmp_path, 'version: "2"\nwho: deny\n'))
    assert policy == load_policy().model_copy(update={"version": "2", "who": "deny"})


def test_the_version_cited_moves_with_every_edit(tmp_path: Path) -> None:
    """A policy is cited by its declared version and the digest of what is in force, however it is spelled."""
    shipped = load_policy()
    same = load_policy(written(tmp_path, "linger: 3d\n"))
    edited = load_policy(written(tmp_path, "linger: 71h\n"))
    renamed = load_policy(written(tmp_path, 'version: "2"\n'))
    assert shipped.version_id.startswith("1@")
    assert same.version_id == shipped.version_id
    assert len({shipped.version_id, edited.version_id, renamed.version_id}) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lingr: 72h", ':1:1 lingr: unknown key; did you mean "linger"?'),
        ("linger: 72", ":1:9 linger: a duration with its unit expected"),
        ("delete_after_absences: 1", ":1:24 delete_after_absences: at least 2 expected"),
        ("mass_loss: {percent: 101}", ":1:22 mass_loss.percent: at most 100 expected"),
        ("mass_loss: {percent: 10 %}", ":1:22 mass_loss.percent: a whole number expected"),
        ("who: denny", ':1:6 who: "off", "flag", "deny" or "require" expected; did you mean "deny"?'),
        ("who: off", ""),
        ("who_by_criticality: {high: NO}", ":1:28 who_by_criticality.high: "),
        ("version: 2", ':1:10 version: text expected; put it in quotes: "2"'),
    ],
)
def test_a_faulty_policy_names_the_place(tmp_path: Path, text: str, message: str) -> None:
    """Policy files are explained like settings; `off` is a word, not a truth value."""
    file = written(tmp_path, text + "\n")
    if not message:
        assert load_policy(file).who == "off"
        return
    with pytest.raises(ConfigurationError) as caught:
        load_policy(file)
    assert str(caught.value).startswith(f"{file}{message}")


def test_volatility_is_refined_by_a_file(tmp_path: Path) -> None:
    """Per platform, kind.field to class."""
    file = written(tmp_path, "platform: vsphere\nclasses:\n  virtual_machine.boot_time: ephemeral\n")
    table = load_volatility(file, classes=CLASSES, fields=FIELDS)
    assert (table.platform, table.classes) == ("vsphere", {"virtual_machine.boot_time": "ephemeral"})


def test_volatility_of_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A misspelt attribute would silently stay judged; both faults come at once, with their places."""
    file = written(tmp_path, "platform: vsphere\nclasses:\n  virtual_machine.boottime: ephemral\n")
    with pytest.raises(ConfigurationError) as caught:
        load_volatility(file, classes=CLASSES, fields=FIELDS)
    assert [problem.message.rpartition("; ")[2] for problem in caught.value.problems] == [
        'did you mean "virtual_machine.boot_time"?',
        'did you mean "ephemeral"?',
    ]
    assert [str(problem.mark) for problem in caught.value.problems] == [
        "Mark(line=3, column=3)",
        "Mark(line=3, column=29)",
    ]
