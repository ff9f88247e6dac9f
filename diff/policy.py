"""The policy of judging: every number and choice that a site may set. A verdict cites its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Who(StrEnum):
    """What the actor of a change counts for, where the request names implementers."""

    OFF = "off"
    FLAG = "flag"
    DENY = "deny"
    REQUIRE = "require"


class OnEdit(StrEnum):
    """What an edit of the material content after approval does to the approval."""

    KEEP = "keep"
    REVOKE = "revoke"


class Unproven(StrEnum):
    """When a change that fits an approval without proof becomes part of the baseline."""

    ON_ACCEPT = "on_accept"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings of judging, with the defaults of a site that sets nothing. Times are milliseconds."""

    version: str = "default-1"
    linger_ms: int = 72 * HOUR
    """How far from its windows a request still counts as near a change."""
    raise_limit_ms: int = 24 * HOUR
    """How far from the change an emergency may be raised."""
    review_term_ms: int = 72 * HOUR
    """Time to review an emergency, from when the work was done at the latest, if the request sets no due time."""
    unmeasured_error_ms: int = 5 * MINUTE
    """Error of a clock that nobody measured."""
    bracket_margin_ms: int = 2 * MINUTE
    """Distance of the outer pair of readings from the window."""
    absences_needed: int = 2
    mass_loss_count: int = 5
    mass_loss_percent: int = 10
    flapping_revisits: int = 3
    flapping_within_ms: int = DAY
    early_closure_revokes: bool = True
    hold_suspends: bool = True
    material_edit: OnEdit = OnEdit.KEEP
    unproven_baseline: Unproven = Unproven.ON_ACCEPT
    assumed_version_proves: bool = True
    """Whether content that was assumed, not seen, at approval can prove more than "fits an approval"."""
    longest_window_ms: int = 90 * DAY
    """A longer window is taken for a mistake and does not count."""
    broad_scope: int = 50
    """CIs of a selector or class beyond which a request without attributes is called broad."""
    who: Who = Who.FLAG
    who_by_criticality: Mapping[str, Who] = field(default_factory=lambda: {"crown_jewel": Who.REQUIRE})
    backed_out_codes: tuple[str, ...] = ("backed out", "backed_out", "unsuccessful")
    """Close codes, case-folded, that say that the work was undone."""
    cabling: bool = False
    """Whether changes of links between network devices are judged; else they are only told."""
    machine_actors: tuple[str, ...] = ("vpxd-extension-", "com.vmware.")
    """Beginnings of user names that are machines."""
