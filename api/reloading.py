"""A configuration that is read again while the service runs: all of it is valid and taken over, or nothing changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from driftline.api.rules import policy_of
from driftline.api.site import Site
from driftline.config import ConfigurationError, Settings, load_policy

log = logging.getLogger(__name__)

FIXED = ("store", "captures", "http", "log", "triggers")
"""Settings that hold from the start of the process to its end."""


def reloaded(site: Site, reread: Callable[[], Settings]) -> bool:
    """Take over what the configuration says now; ``False``: it is broken, the log says where, and the old one stays."""
    try:
        said = reread()
        policy = policy_of(load_policy(said.policy))
    except (ConfigurationError, OSError) as error:
        for line in str(error).splitlines():
            log.error("configuration not reloaded: %s", line)  # noqa: TRY400 -- a person's mistake, no bug
        return False
    for line in differences(site.settings, said):
        log.info("configuration: %s", line)
    if policy.version != site.policy.version:
        log.info("configuration: policy %s", policy.version)
    site.settings = said.model_copy(update={name: getattr(site.settings, name) for name in FIXED})
    site.__dict__["policy"] = policy  # in the place of the one that was worked out before
    log.info("configuration reloaded, %d targets", len(said.targets))
    return True


def differences(old: Settings, new: Settings) -> Iterator[str]:
    """What a newer configuration says otherwise, a line each; values stay out of it, they may be secrets."""
    before, now = ({target.name: target for target in one.targets} for one in (old, new))
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            yield f"target {name} is gone; its items stay"
        elif before.get(name) != now[name]:
            yield f"target {name} is {'changed' if name in before else 'new'}"
    for name in type(new).model_fields:
        if name != "targets" and getattr(old, name) != getattr(new, name):
            yield f"{name} changed{'; it holds from the next start on' if name in FIXED else ''}"
