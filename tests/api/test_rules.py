"""The policy file and what judging makes of it."""

from __future__ import annotations

import pytest

from driftline.api.rules import policy_of
from driftline.config import ConfigurationError, load_policy
from driftline.diff.policy import Policy, Who
from driftline.graph.model.people import Criticality


def test_the_shipped_policy_speaks_of_criticalities_that_services_have() -> None:
    """One spelling in the file, in the policy and in the model: another one would never apply."""
    shipped = policy_of(load_policy())

    assert shipped.who_by_criticality == Policy().who_by_criticality == {Criticality.CROWN_JEWEL.value: Who.REQUIRE}


def test_a_criticality_that_no_service_has_is_refused() -> None:
    """A rule that can apply to nothing is a mistake, not a rule."""
    said = load_policy().model_copy(update={"who_by_criticality": {"crown-jewel": "deny"}})

    with pytest.raises(ConfigurationError, match='no criticality "crown-jewel"; there are low, medium, high, crown_j'):
        policy_of(said)
