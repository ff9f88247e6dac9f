"""Writes the reference pages from what the program declares, so that no page can say anything else.

    python -m driftline.api.reference            writes docs/reference/*.md and api/rest/openapi.json
    python -m driftline.api.reference --check    exit 1 and the names of the pages that are not fresh

A description of the API that takes something away from clients is written only with ``--narrow``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from driftline.api.cli import COMMANDS
from driftline.api.model import MODEL
from driftline.api.rest import openapi
from driftline.graph.model.declare import Attribute, Item, KeySpec, Record
from driftline.graph.model.links import ANY, LinkKind

ROOT = Path(__file__).resolve().parents[1]
DESCRIPTION = Path("api/rest/openapi.json")
NOT_OURS = frozenset({"help", "install_completion", "show_completion"})
"""Options that the library adds."""

MADE = "<!-- made by python -m driftline.api.reference; change the declarations instead -->"


def pages() -> Mapping[Path, str]:
    """Every generated file with its text, by path from the root of the repository."""
    reference = Path("docs/reference")
    return {
        reference / "fields.md": _page("Kinds of items and their fields", _fields()),
        reference / "links.md": _page("Links", _links()),
        reference / "records.md": _page("Records", _records()),
        reference / "cli.md": _page("Command line", _cli()),
        reference / "api.md": _page("HTTP API", _api(json.loads(openapi.text()))),
        DESCRIPTION: openapi.text(),
    }


def stale(root: Path = ROOT) -> list[str]:
    """Files that are not as they should be."""
    found = ((root / path, path, text) for path, text in pages().items())
    return [str(path) for file, path, text in found if not file.exists() or file.read_text("utf-8") != text]


def main(words: Sequence[str]) -> int:
    """Write or check."""
    if "--check" in words:
        wrong = stale()
        for path in wrong:
            sys.stderr.write(f"{path} is not fresh; run: python -m driftline.api.reference\n")
        return 1 if wrong else 0
    lost = _lost()
    if lost and "--narrow" not in words:
        sys.stderr.write("".join(f"the API would lose {one}; if that is meant, add --narrow\n" for one in lost))
        return 1
    for file, text in pages().items():
        (ROOT / file).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / file).write_text(text, "utf-8")
    return 0


def _lost() -> list[str]:
    file = ROOT / DESCRIPTION
    return openapi.narrowed(json.loads(file.read_text("utf-8")), json.loads(openapi.text())) if file.exists() else []


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", *lines]) + "\n"


def _fields() -> Iterator[str]:
    yield "Every kind is declared once, in `graph/model`; stores, API and this page follow the declaration."
    yield "Class says what a change of the field means; group is what is read, or not read, together."
    for kind in MODEL.items.values():
        yield from ("", f"## {kind.kind}", "", _doc(kind), "", f"Keys, the most telling first: {_keys(kind)}.", "")
        yield from _table(("field", "type", "unit", "class", "group", "says"), map(_field, kind.attributes))
        if kind.relations:
            rows = ((r.name, f"[{r.type}](links.md)", "many" if r.many else "one", r.says) for r in kind.relations)
            yield from ("", *_table(("link field", "link", "how many", "says"), rows))


def _field(attribute: Attribute) -> tuple[str, ...]:
    kept = " (personal: kept apart)" if attribute.personal else ""
    type_ = "instant" if attribute.type.__name__ == "datetime" else attribute.type.__name__
    return attribute.name, type_, attribute.unit, attribute.changes, attribute.group, attribute.says + kept


def _keys(kind: type[Item]) -> str:
    return "; ".join(f"{_key(spec)} ({spec.strength})" for spec in kind.key_specs)


def _key(spec: KeySpec) -> str:
    within = f" within {spec.within}" if spec.within else ""
    return f"`{' + '.join(spec.fields)}`{within}" if spec.fields else f"that of its {spec.within}"


def _links() -> Iterator[str]:
    yield "A link leads from the dependent to what it depends on. Impact is what losing that one does to this one."
    yield from (
        "",
        *_table(("link", "from", "to", "how many", "impact", "class", "says"), map(_link, MODEL.links.values())),
    )


def _link(kind: LinkKind) -> tuple[str, ...]:
    ends = ("any" if end == ANY else ", ".join(end) for end in (kind.src, kind.dst))
    return kind.type, *ends, "one" if kind.one else "many", kind.impact, kind.changes, kind.says


def _records() -> Iterator[str]:
    yield "A record is a fact that is not an item. Writing an id again keeps the old revision, with the time it held."
    for kind in MODEL.records.values():
        yield from ("", f"## {kind.kind}", "", _doc(kind), "", f"Found by {_orders(kind)}.", "")
        own = ((a.name, a.type.__name__, a.unit, a.says) for a in kind.attributes)
        refers = ((r.name, f"{'many ' if r.many else ''}{' or '.join(r.to)}", "", r.says) for r in kind.references)
        yield from _table(("field", "type", "unit", "says"), [*own, *refers])


def _orders(kind: type[Record]) -> str:
    return "; ".join(["id", *(", ".join(order) for order in kind.orders)])


def _cli() -> Iterator[str]:
    yield "Options of every command: `--config`, `-o table|json|csv`, `--limit`, `--zone`, `--as`, `-q`, `-v`."
    yield "An instant T is ISO 8601, `2h` (ago), `yesterday`, or `CHG-1.start`. JSON is the body that the API gives."
    for name, (module, says) in COMMANDS.items():
        if find_spec(f"driftline.api.cli.{module}") is None:
            continue
        command: Any = typer.main.get_command(import_module(f"driftline.api.cli.{module}").app)
        yield from ("", f"## driftline {name}", "", says)
        for sub, one in getattr(command, "commands", {"": command}).items():
            yield from _command(f"driftline {name} {sub}".rstrip(), one)


def _command(line: str, command: Any) -> Iterator[str]:  # noqa: ANN401 -- a command of click
    arguments = " ".join(p.metavar or p.name.upper() for p in command.params if p.param_type_name == "argument")
    yield from ("", f"### `{line} {arguments}".rstrip() + "`", "", (command.help or "").strip(), "")
    options = [p for p in command.params if p.param_type_name == "option" and p.name not in NOT_OURS]
    if options:
        rows = ((f"`{', '.join([*p.opts, *p.secondary_opts])}`", p.help or "") for p in options)
        yield from (*_table(("option", "says"), rows), "")
    yield from (f"    {example.strip()}" for example in (command.epilog or "").split("  |  ") if example.strip())


def _api(document: Mapping[str, Any]) -> Iterator[str]:
    yield "The description for programs is at `/api/openapi.json`. Errors are problem documents (RFC 9457). A list is"
    yield "CSV by `Accept: text/csv` or the suffix `.csv`; follow `next` until it is null. Unknown keys are refused."
    for path, operations in document["paths"].items():
        operation = operations["get"]
        yield from ("", f"## GET {path}", "", operation["description"], "")
        keys = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
        if keys:
            yield from _table(("key", "says"), ((f"`{p['name']}`", p.get("description", "")) for p in keys))


def _doc(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
