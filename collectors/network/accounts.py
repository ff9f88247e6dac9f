"""With what a device is asked, and what is remembered of it between visits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from driftline.collectors.network.cli.shell import CliAccount, CliFacts
from driftline.collectors.network.snmp import Breaker, Community, PeerFacts, User, Version


@dataclass(frozen=True, slots=True)
class Login:
    """An account for the command line. ``terms`` is a fingerprint that changes with it and tells nothing of it."""

    account: CliAccount
    port: int = 22
    old_algorithms: bool = False
    terms: str = ""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The credentials of one target by their names in the configuration, in the order in which they are tried."""

    snmp: Mapping[str, Community | User] = field(default_factory=dict)
    ssh: Mapping[str, Login] = field(default_factory=dict)


@dataclass(slots=True)
class Learned:
    """What was learned about the device at an address; a visit changes it in place. It holds no secret.

    ``credential`` and ``login`` are the names of those that worked last; ``pysnmp`` says that the fast engine did not
    get along with it; ``software`` is its description when it was read last; ``refused`` are terms of logins that it
    refused.
    """

    address: str = ""
    snmp: PeerFacts = field(default_factory=PeerFacts)
    cli: CliFacts = field(default_factory=CliFacts)
    breaker: Breaker = field(default_factory=Breaker)
    credential: str = ""
    login: str = ""
    pysnmp: bool = False
    software: str = ""
    refused: set[str] = field(default_factory=set)

    def dump(self) -> str:
        """As text, to keep."""
        said = asdict(self)
        said["snmp"] |= {"engine_id": self.snmp.engine_id.hex(), "quirks": sorted(self.snmp.quirks)}
        return json.dumps(said | {"refused": sorted(self.refused)}, sort_keys=True)

    @classmethod
    def load(cls, text: str) -> Learned:
        """From its text; anything that is not one is a device of which nothing is known."""
        try:
            said: dict[str, Any] = json.loads(text)
            snmp = said["snmp"]
            version = Version(snmp["version"]) if snmp["version"] else None
            snmp |= {"version": version, "engine_id": bytes.fromhex(snmp["engine_id"]), "quirks": set(snmp["quirks"])}
            parts = {"snmp": PeerFacts(**snmp), "cli": CliFacts(**said["cli"]), "breaker": Breaker(**said["breaker"])}
            return cls(**(said | parts | {"refused": set(said["refused"])}))
        except (ValueError, TypeError, KeyError):
            return cls()
