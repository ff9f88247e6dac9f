"""Freezes from their rows; a freeze with several windows has several rows that otherwise agree."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.collectors.records.files.logins import Logins
from driftline.collectors.records.files.reading import Reading
from driftline.collectors.records.files.rows import Cells
from driftline.collectors.records.files.scope import checked
from driftline.collectors.records.files.windows import window
from driftline.graph.model.change_records import Freeze, RfcType, ScopeBy, ScopeItem, Window

WINDOW_COLUMNS = frozenset({"start", "end", "zone"})


def freezes(rows: Iterable[Cells], reading: Reading, logins: Logins) -> tuple[Freeze, ...]:
    """All freezes, by id."""
    by_id: dict[str, list[Cells]] = {}
    for cells in rows:
        by_id.setdefault(cells.text("id"), []).append(cells)
    found = (_freeze(name, same, reading, logins) for name, same in sorted(by_id.items()) if name)
    return tuple(freeze for freeze in found if freeze)


def _freeze(name: str, rows: list[Cells], reading: Reading, logins: Logins) -> Freeze | None:
    first = rows[0]
    for cells in rows[1:]:
        for column in first.row.table.columns:
            if column.name not in WINDOW_COLUMNS and cells.texts(column.name) != first.texts(column.name):
                cells.fault(column.name, f"differs from line {first.row.line}; a freeze says it once")
    windows = {found for cells in rows if (found := window(cells))}
    declared = first.at_ms("declared_at")
    if declared is None:
        return None
    source = reading.source
    return Freeze(
        id=f"freeze:{source}:{name}",
        name=first.text("name") or name,
        windows=tuple(sorted(windows, key=_start)),
        scope=_scope(first),
        exempt_types=_types(first, reading),
        exempt_rfcs=tuple(sorted(f"rfc:{source}:{one}" for one in first.texts("exempt_rfcs"))),
        authority=logins.of(first.text("authority")),
        declared_ms=declared,
        lifted_ms=first.at_ms("lifted_at"),
    )


def _start(one: Window) -> tuple[int, int, str]:
    return one.after_ms, one.until_ms, one.text


def _scope(cells: Cells) -> tuple[ScopeItem, ...]:
    text = cells.text("selector")
    if not text:
        return ()
    cells.usable("selector", lambda: checked(ScopeBy.SELECTOR, text))
    return (ScopeItem(ScopeBy.SELECTOR, text, dynamic=True),)


def _types(cells: Cells, reading: Reading) -> tuple[str, ...]:
    known: dict[str, RfcType] = dict(reading.words.types)
    for said in cells.texts("exempt_types"):
        if said.casefold() not in known:
            cells.fault("exempt_types", f'"{said}" is not known; add it to types of the mapping')
    return tuple(sorted({known[t.casefold()].value for t in cells.texts("exempt_types") if t.casefold() in known}))
