"""The fingerprint of what an approval covers: edits of it need a new approval, edits of anything else do not."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import ExpectedChange, RfcType, ScopeItem, Window
from driftline.graph.model.values import canonical_json


def material_hash(
    *,
    windows: Sequence[Window],
    scope: Sequence[ScopeItem],
    expected: Sequence[ExpectedChange],
    implementers: Sequence[str],
    type_: RfcType,
    risk: str,
    freeze_exempt: bool,
) -> str:
    """SHA-256 over canonical JSON; order means nothing, and neither does what the scope was resolved to."""
    content = {
        "windows": sorted([w.after_ms, w.until_ms] for w in windows),
        "scope": sorted(canonical_json([s.by.value, s.text, s.kind, s.pattern, s.dynamic]) for s in scope),
        "expected": sorted(canonical_json(body(e)) for e in expected),
        "implementers": sorted(set(implementers)),
        "type": type_.value,
        "risk": risk,
        "freeze_exempt": freeze_exempt,
    }
    return sha256(canonical_json(content).encode()).hexdigest()
