"""Proposes targets: what answers in networks of the site, and whom devices hear that nobody reads. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from itertools import chain

from driftline.api.judging import records
from driftline.api.network_lines import accounts_of
from driftline.api.site import NoSuch, Site
from driftline.collectors.egress import Address
from driftline.collectors.network.search import Found, search
from driftline.collectors.network.snmp.peer import PORT
from driftline.config import SnmpCommunity, SnmpUser, Target, split_address
from driftline.config.shown import flow
from driftline.config.units import Network
from driftline.graph.model.neighbours import NeighbourRow
from driftline.graph.store import Store

LARGEST = 65_536
"""Addresses in one search; more is no search any more."""
NAME_CHARACTERS = 63


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that could be a target. ``also``: other addresses at which the same device answers."""

    name: str
    address: str
    credential: str = ""
    description: str = ""
    found_by: str = ""
    also: tuple[str, ...] = ()

    @property
    def snippet(self) -> str:
        """The entry for ``targets``; without a credential that answers, the line cannot be complete."""
        entry = {"name": self.name, "collector": "network", "address": self.address}
        return f"- {flow({**entry, 'credential': self.credential or 'NAME'})}"


@dataclass(frozen=True, slots=True)
class Known:
    """What needs no proposal: addresses of targets, and addresses and engine ids of devices that are read."""

    addresses: frozenset[str]
    engines: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, targets: Sequence[Target], store: Store | None) -> Known:
        """From configuration and memory."""
        hosts = {(split_address(target.address) or ("", None))[0] for target in targets}
        names = frozenset(target.name for target in targets)
        if store is None:
            return cls(frozenset(hosts), frozenset(), names)
        own = {str(row.body["address"]) for row in store.find("IpAddress")}
        engines = {str(row.body.get("engine_id") or "") for row in store.find("NetworkDevice")} - {""}
        return cls(frozenset(hosts | own), frozenset(engines), names)


async def in_networks(
    site: Site,
    networks: Sequence[Network],
    credentials: Sequence[str],
    known: Known,
    *,
    port: int = PORT,
    per_second: float = 50,
    done: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Candidate]:
    """What answers in these networks to these credentials and is not known yet.

    Raises:
        NoSuch: a network is not inside those of the site, there are too many addresses, or no such credential of SNMP.
        SecretError: a credential cannot be opened.
    """
    wanted = [address for address in _addresses(site, networks) if str(address) not in known.addresses]
    accounts = accounts_of(site, _asking(site, credentials)).snmp
    asked = iter(range(1, len(wanted) + 1))
    found = await search(
        wanted,
        accounts,
        site.egress,
        port=port,
        per_second=per_second,
        done=lambda: done(next(asked), len(wanted)),
    )
    fresh = [one for one in found if one.engine_id not in known.engines]
    return named([_candidate(one, port) for one in _joined(fresh)], known)


def by_neighbours(store: Store, known: Known) -> list[Candidate]:
    """Whom devices hear and nobody reads, by the management address that it announces. Nothing is sent."""
    read = {str(row.body.get("name") or "") for row in store.find("NetworkDevice") if row.body.get("object_id")}
    names = {row.id: str(row.body.get("name") or row.id) for row in store.find("NetworkDevice")}
    found: dict[str, Candidate] = {}
    for row in records(store, NeighbourRow):
        for one in row.heard:
            if known.addresses.intersection(one.addresses) or one.name in read or not one.addresses:
                continue
            address, *also = one.addresses
            told = f"{names.get(row.device, row.device)} / {row.port} ({row.protocol.value})"
            found.setdefault(address, Candidate(one.name or "", address, "", one.platform, told, tuple(also)))
    return named([found[address] for address in sorted(found)], known)


def named(candidates: Sequence[Candidate], known: Known) -> list[Candidate]:
    """The same, each with a name that a target may have and none has yet."""
    taken = set(known.names)
    told: list[Candidate] = []
    for one in candidates:
        name = next(text for text in _names(one) if text not in taken)
        taken.add(name)
        told.append(replace(one, name=name))
    return told


def _names(one: Candidate) -> Iterator[str]:
    base = re.sub(r"[^a-z0-9._-]+", "-", one.name.lower()).strip("-._")[:NAME_CHARACTERS].strip("-._")
    base = base or re.sub(r"[^a-z0-9]+", "-", one.address).strip("-")
    yield base
    yield from (f"{base}-{number}" for number in range(2, LARGEST + 2))


def _addresses(site: Site, networks: Sequence[Network]) -> list[Address]:
    listed = site.settings.networks
    wanted = networks or listed
    if not listed:
        raise NoSuch("the configuration lists no networks: a search goes nowhere else; see networks: in driftline.yaml")
    for one in wanted:
        if not any(one.version == other.version and one.subnet_of(other) for other in listed):  # type: ignore[arg-type]  # versions agree
            raise NoSuch(f"{one} is not inside the networks of the configuration: {', '.join(map(str, listed))}")
    if (count := sum(one.num_addresses for one in wanted)) > LARGEST:
        raise NoSuch(f"{count:,} addresses are too many; name smaller networks, {LARGEST:,} addresses at most")
    hosts = chain.from_iterable(one.hosts() for one in wanted)
    return sorted({ip_address(str(address)) for address in hosts}, key=lambda a: (a.version, int(a)))


def _asking(site: Site, credentials: Sequence[str]) -> Target:
    accounts = site.settings.credentials
    for name in credentials:
        if not isinstance(accounts.get(name), SnmpCommunity | SnmpUser):
            known = [key for key, one in accounts.items() if isinstance(one, SnmpCommunity | SnmpUser)]
            raise NoSuch(f'no SNMP credential "{name}"; there are: {", ".join(known) or "none"}')
    return Target(name="search", collector="network", address="search", credentials=tuple(credentials))


def _joined(found: Sequence[Found]) -> list[tuple[Found, tuple[str, ...]]]:
    """One device at several addresses is one candidate, at the first of them."""
    first: dict[str, Found] = {}
    others: dict[str, list[str]] = {}
    for one in found:
        mark = one.engine_id or one.address
        if first.setdefault(mark, one) is not one:
            others.setdefault(mark, []).append(one.address)
    return [(one, tuple(others.get(mark, ()))) for mark, one in first.items()]


def _candidate(found: tuple[Found, tuple[str, ...]], port: int) -> Candidate:
    one, also = found
    inside = f"[{one.address}]" if ":" in one.address else one.address
    where = one.address if port == PORT else f"{inside}:{port}"
    return Candidate(one.name, where, one.credential, one.description, "SNMP", also)
