"""The verdict policy: the numbers and choices by which changes are judged, in a file that every verdict cites.

A site's file says only what differs from the shipped ``policy_default.yaml``. The policy is cited by its declared
version and a digest of everything that is in force, so an edit without a new version number is still seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from driftline.config.checking import Strict, check, read_document
from driftline.config.units import Duration, Text

DEFAULT_FILE = Path(__file__).with_name("policy_default.yaml")

Who = Literal["off", "flag", "deny", "require"]
Count = Annotated[int, Field(ge=1)]
Term = Annotated[Duration, Field(ge=timedelta(0))]


class Emergency(Strict):
    """Emergency changes: approval may follow the work."""

    raise_limit: Term = Field(default=timedelta(hours=24), description="Longest time between the request and the work.")
    review_term: Term = Field(default=timedelta(hours=72), description="Time after the work until the approval is due.")


class MassLoss(Strict):
    """When so much vanishes at once that the reader, not the estate, is suspected: more than both figures."""

    objects: Annotated[int, Field(ge=0)] = Field(default=5, description="Number of objects of one scope.")
    percent: Annotated[int, Field(ge=0, le=100)] = Field(default=10, description="Share of the objects of one scope.")


class Flapping(Strict):
    """When a value that comes and goes is one finding instead of many."""

    revisits: Annotated[int, Field(ge=2)] = Field(default=3, description="Returns to one value.")
    within: Term = Field(default=timedelta(hours=24), description="Time in which they are counted.")


class PolicySettings(Strict):
    """The verdict policy in force."""

    version: Text = Field(default="1", description="Version that the site gives this policy.")
    linger: Term = Field(
        default=timedelta(hours=72), description="How far from a window its request still explains a change."
    )
    emergency: Emergency = Field(default=Emergency(), description="Emergency changes: approval may follow the work.")
    unmeasured_clock_error: Term = Field(
        default=timedelta(minutes=5), description="Error assumed for a clock that was not compared with ours."
    )
    bracket_delta: Term = Field(
        default=timedelta(minutes=2), description="How far outside a window its outer reads are."
    )
    delete_after_absences: Annotated[int, Field(ge=2)] = Field(
        default=2, description="Complete reads in a row without an object before it counts as deleted."
    )
    mass_loss: MassLoss = Field(default=MassLoss(), description="When a loss is doubted: more than both figures.")
    flapping: Flapping = Field(default=Flapping(), description="When a value that comes and goes is one finding.")
    who: Who = Field(
        default="flag",
        description="A change by someone the request does not name: off, flag it, deny it; "
        "require also leaves one by an unknown person unproven.",
    )
    who_by_criticality: Mapping[Text, Who] = Field(
        default={"crown_jewel": "require"}, description="The same, by criticality of the changed item."
    )
    early_closure: Literal["revoke", "ignore"] = Field(
        default="revoke", description="A request closed before its last window ends: its approval ends there, or not."
    )
    material_edit: Literal["keep", "revoke"] = Field(
        default="keep", description="A request edited after approval: the approved terms stay, or the approval ends."
    )
    on_hold: Literal["suspend", "ignore"] = Field(
        default="suspend", description="A request put on hold: its approval rests meanwhile, or not."
    )
    broad_scope: Count = Field(
        default=50, description="Items in a scope without details from which it is flagged as broad."
    )
    cabling: Literal["tell", "judge"] = Field(
        default="tell", description="A changed link between network devices: only told, or judged like other changes."
    )
    unproven_baseline: Literal["on_accept", "auto"] = Field(
        default="on_accept",
        description="An unproven change enters the baseline when a person accepts it, or by itself.",
    )
    version_assumed: Literal["flag", "unproven"] = Field(
        default="flag",
        description="Approved terms not seen at approval: flag the verdict, or make it unproven at best.",
    )

    @property
    def digest(self) -> str:
        """SHA-256 of all that is in force, however the file spells it."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return sha256(content.encode()).hexdigest()

    @property
    def version_id(self) -> str:
        """What a verdict cites: the declared version and the digest, ``1@5f3c…``."""
        return f"{self.version}@{self.digest[:12]}"


def load_policy(path: Path | None = None) -> PolicySettings:
    """The policy of a file, or the shipped one.

    Raises:
        ConfigurationError: with every fault of the file.
    """
    document = read_document(path or DEFAULT_FILE)
    return check(PolicySettings, document.root.plain(), document)
