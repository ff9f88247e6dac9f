"""The rules of a site as judging wants them: the policy file in milliseconds, volatility by path."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from driftline.config import ConfigurationError, PolicySettings, Problem, load_volatility
from driftline.diff.policy import OnEdit, Policy, Unproven, Who
from driftline.graph import model
from driftline.graph.model.declare import Volatility
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.people import Criticality

SHIPPED = Path(str(model.__file__)).with_name("volatility")


def policy_of(said: PolicySettings) -> Policy:
    """The policy in force.

    Raises:
        ConfigurationError: it names a criticality that no service can have.
    """
    return Policy(
        version=said.version_id,
        linger_ms=_ms(said.linger),
        raise_limit_ms=_ms(said.emergency.raise_limit),
        review_term_ms=_ms(said.emergency.review_term),
        unmeasured_error_ms=_ms(said.unmeasured_clock_error),
        bracket_margin_ms=_ms(said.bracket_delta),
        absences_needed=said.delete_after_absences,
        mass_loss_count=said.mass_loss.objects,
        mass_loss_percent=said.mass_loss.percent,
        flapping_revisits=said.flapping.revisits,
        flapping_within_ms=_ms(said.flapping.within),
        early_closure_revokes=said.early_closure == "revoke",
        hold_suspends=said.on_hold == "suspend",
        material_edit=OnEdit(said.material_edit),
        unproven_baseline=Unproven(said.unproven_baseline),
        assumed_version_proves=said.version_assumed == "flag",
        broad_scope=said.broad_scope,
        cabling=said.cabling == "judge",
        who=Who(said.who),
        who_by_criticality={_criticality(name): Who(who) for name, who in said.who_by_criticality.items()},
    )


def volatility_of(folder: Path = SHIPPED) -> Mapping[str, Volatility]:
    """Refined volatility by ``Kind.field``, of every platform's file.

    Raises:
        ConfigurationError: a file names what the model does not know.
    """
    fields = [f"{kind.kind}.{attribute.name}" for kind in KINDS for attribute in kind.attributes]
    found: dict[str, Volatility] = {}
    for file in sorted(folder.glob("*.yaml")):
        said = load_volatility(file, classes=[one.value for one in Volatility], fields=fields)
        found |= {name: Volatility(value) for name, value in said.classes.items()}
    return found


def _ms(term: timedelta) -> int:
    return int(term.total_seconds() * 1_000)


def _criticality(name: str) -> str:
    known = [one.value for one in Criticality]
    if name not in known:
        said = f'no criticality "{name}"; there are {", ".join(known)}'
        raise ConfigurationError([Problem("policy", None, "who_by_criticality", said)])
    return name
