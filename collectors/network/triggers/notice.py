"""What a message comes to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Something happened on a device. ``type`` is the device's own word for it, as far as we know it.

    ``user`` and ``origin`` (an address) are as the message has them, empty where it names none; ``configured``: it says
    that somebody changed the configuration. Nothing else of a message is kept: others hold commands with passwords.
    """

    type: str
    configured: bool = False
    user: str = ""
    origin: str = ""
