"""``driftline config``: the settings in force, where each comes from, and what can be set."""

from __future__ import annotations

import json

import typer

from driftline.api.cli.frame import frame_of
from driftline.api.cli.group import group
from driftline.api.output import Column
from driftline.config import ConfigurationError, Neo4jStore, Problem, SecretError, example, schema, show

app = group("Show, check and explain the configuration.")


@app.command("show", epilog="driftline config show  |  driftline config show -o json")
def show_(ctx: typer.Context) -> None:
    """Print every value in force and where it comes from; secrets as references."""
    frame = frame_of(ctx)
    rows = [{"setting": one.path, "value": one.value, "origin": one.origin} for one in show(frame.site.settings)]
    frame.output.rows((Column("setting"), Column("value"), Column("origin")), rows)


@app.command(epilog="driftline config check  |  driftline --config new.yaml config check")
def check(ctx: typer.Context) -> None:
    """Check the configuration with all it refers to: policy, volatility, every secret. Nothing is connected to."""
    frame = frame_of(ctx)
    site = frame.site
    problems: list[Problem] = []
    secrets = [secret for account in site.settings.credentials.values() for secret in account.secrets]
    if isinstance(site.settings.store, Neo4jStore):
        secrets.append(site.settings.store.password)
    for secret in secrets:
        try:
            site.secrets.open(secret)
        except SecretError as error:
            problems += error.problems
    for what in ("policy", "refined"):
        try:
            getattr(site, what)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    frame.output.say(
        f"good: {len(site.settings.targets)} targets, {len(secrets)} secrets, policy {site.policy.version}"
    )


@app.command("example", epilog="driftline config example  |  driftline config example > driftline.yaml")
def example_() -> None:
    """Print a commented configuration file with every setting."""
    typer.echo(example(), nl=False)


@app.command("schema", epilog="driftline config schema  |  driftline config schema > driftline.schema.json")
def schema_() -> None:
    """Print the JSON Schema of the file, for editors."""
    typer.echo(json.dumps(schema(), indent=2))
