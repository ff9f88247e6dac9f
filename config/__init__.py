"""What driftline is told to do: in come one YAML file and the environment, out come checked, frozen settings.

Nothing else reads configuration. Imports no other room. Holds references to secrets, opened only at their use.
"""

from driftline.config.credentials import Account, Credential, SnmpCommunity, SnmpUser, SshAccount
from driftline.config.environment import find_file, process_environment
from driftline.config.policy import PolicySettings, load_policy
from driftline.config.problems import ConfigurationError, Mark, Problem
from driftline.config.secrets import Secret, SecretError, SecretReader
from driftline.config.settings import (
    Http,
    Log,
    Neo4jStore,
    RecordFiles,
    Settings,
    Site,
    Snmp,
    SqliteStore,
    Target,
    Tls,
    Triggers,
    schema,
)
from driftline.config.shown import Shown, example, show
from driftline.config.units import split_address
from driftline.config.volatility import VolatilitySettings, load_volatility

__all__ = [
    "Account",
    "ConfigurationError",
    "Credential",
    "Http",
    "Log",
    "Mark",
    "Neo4jStore",
    "PolicySettings",
    "Problem",
    "RecordFiles",
    "Secret",
    "SecretError",
    "SecretReader",
    "Settings",
    "Shown",
    "Site",
    "Snmp",
    "SnmpCommunity",
    "SnmpUser",
    "SqliteStore",
    "SshAccount",
    "Target",
    "Tls",
    "Triggers",
    "VolatilitySettings",
    "example",
    "find_file",
    "load_policy",
    "load_volatility",
    "process_environment",
    "schema",
    "show",
    "split_address",
]
