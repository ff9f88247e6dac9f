"""Kinds of people, and of what they sell and run."""

from __future__ import annotations

from enum import StrEnum

from driftline.graph.model import canonical
from driftline.graph.model.declare import Item, Ref, Strength, item, key, linked, says


class Criticality(StrEnum):
    """How much a service matters, from the people-and-services file."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CROWN_JEWEL = "crown_jewel"


@item(keys=(key(Strength.STRONG, "pseudonym"),), title="pseudonym")
class Person(Item):
    """A person under a pseudonym; the personal fields are kept apart and can be erased."""

    pseudonym: str = says("Keyed digest of the login.")
    also: tuple[str, ...] | None = says(
        "Keyed digests of further logins of the same person.", form=canonical.unordered, default=None
    )
    name: str | None = says("Name.", personal=True, default=None)
    login: str | None = says("Login in the managed systems.", personal=True, default=None)
    mail: str | None = says("Mail address.", personal=True, default=None)
    phone: str | None = says("Phone number.", personal=True, default=None)
    team: Ref | None = linked("MEMBER_OF", "Team.", default=None)


@item(keys=(key(Strength.STRONG, "name"),), title="name")
class Team(Item):
    """A team that owns or supports things."""

    name: str = says("Name.", form=canonical.text)
    contact: str | None = says("How it is reached, day and night.", form=canonical.text, default=None)


@item(keys=(key(Strength.STRONG, "name"),), title="name")
class Customer(Item):
    """Who buys services."""

    name: str = says("Name.", form=canonical.text)
    services: tuple[Ref, ...] = linked("BUYS", "What it buys.", default=())


@item(keys=(key(Strength.STRONG, "name"),), title="name")
class Site(Item):
    """A place with equipment."""

    name: str = says("Name.", form=canonical.text)
    address: str | None = says("Postal address.", form=canonical.text, default=None)


@item(keys=(key(Strength.STRONG, "name"),), title="name")
class Service(Item):
    """Something that is sold, and the CIs without which it does not work."""

    name: str = says("Name.", form=canonical.text)
    criticality: Criticality | None = says("How much it matters.", default=None)
    relies_on: tuple[Ref, ...] = linked("RELIES_ON", "CIs it does not work without.", default=())
    owner: Ref | None = linked("OWNED_BY", "Who answers for it.", default=None)
    support: Ref | None = linked("SUPPORTED_BY", "Who is called.", default=None)
    site: Ref | None = linked("LOCATED_AT", "Where it is run.", default=None)
