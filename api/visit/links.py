"""Second phase of a visit: links, after all items, so that no link ever waits for its other end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftline.api.visit.context import Context, rows_of
from driftline.api.visit.recall import recalled
from driftline.diff.changes import changes
from driftline.diff.differ import compare, links_fingerprint
from driftline.diff.words import Change
from driftline.graph.batch import Rows, relink
from driftline.graph.model.facts import Seen


def write_links(context: Context, chunks: Sequence[Sequence[tuple[Seen, str]]]) -> list[Change]:
    """Write the links that differ, chunk by chunk; returns their changes.

    Each entry is an item with the fingerprint of its links so far: empty when its links were never written, and then
    they are inventory, not a change.
    """
    found: list[Change] = []
    for number, chunk in enumerate(chunks):
        if chunk:
            found += _write_chunk(context, chunk, number)
    return found


def _write_chunk(context: Context, chunk: Sequence[tuple[Seen, str]], number: int) -> list[Change]:
    rows, found = Rows(), []
    known = context.known([seen.ci for seen, _ in chunk])
    visit = recalled(context, {seen.kind for seen, _ in chunk}, known)
    for seen, before in chunk:
        facet, own = known[seen.ci].facet(context.pen.source), known[seen.ci].own(context.pen.source)
        if facet is None or own is None:
            raise AssertionError(f"{seen.ci} was not written in the item phase")
        delta = compare(facet, seen, context.comparable(seen.kind), context.unread(seen.kind))
        relink(rows, seen.ci, context.pen.source, facet.links, delta.links)
        if (print_ := links_fingerprint(delta.links)) != own.links:
            rows.sighted.append(replace(own, links=print_))
        if before:
            only = replace(delta, differences=tuple(d for d in delta.differences if d.link))
            found += changes(only, context.reading(seen.kind), context.place(seen, delta.attrs), visit)
    context.pen.write(f"links/{number}", rows, rows_of(found))
    return found
