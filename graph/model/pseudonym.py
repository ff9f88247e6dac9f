"""People under names that say nothing, so that history and evidence can be kept when a person is erased (D26)."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

DOMAIN_USER = re.compile(r"([^\\]+)\\(.+)")


def login(raw: str) -> str:
    r"""One spelling of a login: ``DOMAIN\user`` and ``user@domain`` are the same person, whatever the letter case."""
    text = raw.strip().casefold()
    match = DOMAIN_USER.fullmatch(text)
    return f"{match[2]}@{match[1]}" if match else text


def pseudonym(site_key: bytes, raw: str) -> str:
    """``p-`` and 20 hex digits: HMAC-SHA256 of the login under the site's key; the same person is the same text."""
    return "p-" + hmac.new(site_key, login(raw).encode(), sha256).hexdigest()[:20]
