"""Lines of a scope and of what is expected, checked as far as they can be without the graph."""

from __future__ import annotations

from driftline.collectors.records.files.faults import Unusable, meant
from driftline.collectors.records.files.reading import KIND_NAMES, LINK_TYPES
from driftline.collectors.records.files.rows import Cells
from driftline.graph.model.change_records import ExpectedChange, Op, ScopeBy, ScopeItem
from driftline.graph.model.ci_text import kind_named
from driftline.graph.model.selector import SelectorError, around, selector
from driftline.graph.model.values import Key


def scope_item(cells: Cells) -> ScopeItem | None:
    """The scope item of a row; ``None`` if it is at fault."""
    said = cells.text("by")
    if said and said not in set(ScopeBy):
        return None
    by, text, kind = ScopeBy(said or ScopeBy.CI), cells.text("text"), _kind(cells)
    if by in {ScopeBy.NEW, ScopeBy.CLASS} and not kind:
        cells.fault("kind", f"is empty; a {by} line needs one of {', '.join(KIND_NAMES)}")
    if by in {ScopeBy.CI, ScopeBy.SELECTOR, ScopeBy.CLOSURE} and not text:
        cells.fault("text", f"is empty; a {by} line needs it")
    elif by in {ScopeBy.SELECTOR, ScopeBy.CLOSURE}:
        cells.usable("text", lambda: checked(by, text))
    return ScopeItem(
        by=by,
        text=text or (kind if by is ScopeBy.CLASS else ""),
        kind=kind,
        pattern=cells.text("pattern") or "*",
        dynamic=cells.flag("dynamic"),
        added_ms=cells.at_ms("added_at"),
    )


def checked(by: ScopeBy, text: str) -> None:
    """Refuse a filter or closure that nobody could resolve later.

    Raises:
        Unusable: with the reason.
    """
    try:
        if by is ScopeBy.SELECTOR:
            selector(text, KIND_NAMES)
        else:
            around(text, LINK_TYPES)
    except SelectorError as error:
        raise Unusable(str(error)) from None


def expected_change(cells: Cells) -> ExpectedChange:
    """The expected change of a row. Its CI stays the text of the file until it is bound."""
    op, ci = cells.text("op"), cells.text("ci")
    return ExpectedChange(
        path=cells.text("path"),
        op=Op(op) if op in set(Op) else None,
        value=cells.text("value") or None,
        backout_value=cells.text("backout_value") or None,
        ci=Key(ci) if ci else None,
    )


def _kind(cells: Cells) -> str:
    said = cells.text("kind")
    kind = kind_named(said, KIND_NAMES)
    if said and kind is None:
        cells.fault("kind", f'no kind "{said}"; {meant(said, KIND_NAMES)}')
    return kind or ""
