"""The tables of people and services: who there is, what is sold, and who answers for which CI."""

from __future__ import annotations

from driftline.collectors.records.files.columns import Column, Form, Table
from driftline.graph.model.people import Criticality

CI = Column(
    "ci", "The CI: KIND:NAME, a name, serial, UUID, locator@vCenter, or the key that driftline prints.", needed=True
)
KIND = Column("kind", "Kind of the CI, where the name alone is not enough.")

SITES = Table(
    "sites",
    "Places with equipment.",
    (Column("name", "Name.", needed=True), Column("address", "Postal address.")),
)
TEAMS = Table(
    "teams",
    "Teams that own or support things.",
    (Column("name", "Name.", needed=True), Column("contact", "How it is reached, day and night.")),
)
PEOPLE = Table(
    "people",
    "People under their logins. Every field but the team is personal and kept apart.",
    (
        Column("login", "Main login in the managed systems.", Form.PERSON, needed=True),
        Column("other_logins", "Further logins of the same person.", Form.PERSONS),
        Column("name", "Name."),
        Column("mail", "Mail address."),
        Column("phone", "Phone number."),
        Column("team", "Name of the team."),
    ),
)
SERVICES = Table(
    "services",
    "What is sold, and the CIs without which it does not work.",
    (
        Column("name", "Name.", needed=True),
        Column("criticality", "How much it matters.", choices=tuple(Criticality)),
        Column("relies_on", "CIs, written as in owners.", Form.TEXTS),
        Column("owner", "Who answers for it: a login, or team:NAME.", Form.PERSON),
        Column("support", "Name of the team that is called."),
        Column("site", "Name of the site where it is run."),
    ),
)
CUSTOMERS = Table(
    "customers",
    "Who buys services.",
    (Column("name", "Name.", needed=True), Column("services", "Names of the services it buys.", Form.TEXTS)),
)
OWNERS = Table(
    "owners",
    "Who answers for a CI, who is called, and where it stands.",
    (
        CI,
        KIND,
        Column("owner", "Who answers for it: a login, or team:NAME.", Form.PERSON),
        Column("support", "Name of the team that is called."),
        Column("site", "Name of the site where it stands."),
    ),
)
PEOPLE_TABLES = (SITES, TEAMS, PEOPLE, SERVICES, CUSTOMERS, OWNERS)
