"""Where this program may connect to, and how it knows that the right machine answers."""

from __future__ import annotations

import asyncio
import hmac
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from typing_extensions import override

from driftline.collectors.target import Trust

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

RESOLVE_SECONDS = 5
METADATA = tuple(ip_network(text) for text in ("169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32"))
"""Addresses at which clouds hand out credentials."""


class Forbidden(Exception):
    """The site's rules do not let us connect there; the text says to what and why."""


@dataclass(frozen=True, slots=True)
class Egress:
    """The networks of a site. Where some are listed, only they are reached; special addresses only if listed."""

    networks: tuple[Network, ...] = ()

    def allows(self, address: Address) -> bool:
        """Whether a connection to the address may be opened."""
        plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        if any(plain in network for network in self.networks if network.version == plain.version):
            return True
        return not self.networks and not _special(plain)

    async def resolve(self, host: str, port: int) -> str:
        """The first allowed address of a host, as text.

        Raises:
            Forbidden: it has addresses, and none is allowed.
            OSError: it has none, or nobody answered in five seconds (two tries).
        """
        found = await _addresses(host, port)
        allowed = next((address for address in found if self.allows(address)), None)
        if allowed is None:
            listed = ", ".join(map(str, self.networks)) or "none listed"
            raise Forbidden(f"{host} is {', '.join(map(str, found))}, outside the allowed networks ({listed})")
        return str(allowed)


def _special(address: Address) -> bool:
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or any(address in network for network in METADATA if network.version == address.version)
    )


async def _addresses(host: str, port: int) -> Sequence[Address]:
    try:
        return (ip_address(host.strip("[]")),)
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    for last in (False, True):
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                rows = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return tuple(dict.fromkeys(ip_address(str(row[4][0]).partition("%")[0]) for row in rows))
        except (OSError, TimeoutError) as error:
            if last:
                raise OSError(f"no address for {host}: {str(error) or 'the name server did not answer'}") from error
    raise AssertionError("the last try returns or raises")


def trusting(trust: Trust) -> ssl.SSLContext:
    """A TLS context that verifies as the target says.

    Raises:
        OSError: the file of the authority cannot be read or holds no certificate.
    """
    context = ssl.create_default_context(cafile=str(trust.ca) if trust.ca else None)
    if trust.pin:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the pin decides, in the handshake, before a byte is sent
        context.sslobject_class = _pinned(trust.pin)
    return context


def _pinned(pin: str) -> type[ssl.SSLObject]:
    wanted = pin.lower().removeprefix("sha256:").replace(":", "")

    class Pinned(ssl.SSLObject):
        """A connection that ends in its handshake unless the certificate is the pinned one."""

        @override
        def do_handshake(self) -> None:
            super().do_handshake()
            shown = sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
            if not hmac.compare_digest(shown, wanted):
                error: Any = ssl.SSLCertVerificationError(1, f"the certificate is sha256:{shown}, not the pinned one")
                error.verify_message = error.args[1]
                raise error

    return Pinned
