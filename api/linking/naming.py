"""Which CI an end of a link is: a port inside its device, a device, or the stub of one that nobody has read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from driftline.collectors.network.links import End
from driftline.graph.lookup import StoreLookup
from driftline.graph.model.hardware import Nic
from driftline.graph.model.identity import chassis_id, key_text
from driftline.graph.model.network import Interface, NetworkDevice
from driftline.graph.model.values import Key
from driftline.graph.questions.scan import scan
from driftline.graph.store import Store

PORT = next(spec for spec in Interface.key_specs if spec.fields == ("name",))
CARD = next(spec for spec in Nic.key_specs if spec.fields == ("device",))


@dataclass(slots=True)
class Names:
    """CIs of ends; ``nics`` are cards of hosts by MAC address, each the only one of its address.

    ``hosts`` are devices that are hosts: their ports are cards, and no link leads to one of them as a whole.
    """

    store: Store
    known: dict[End, Key] = field(default_factory=dict)
    nics: dict[str, Key] = field(default_factory=dict)
    hosts: set[str] = field(default_factory=set)

    def learn(self, ends: Iterable[End]) -> None:
        """Find the CIs of ports; a port without one is not drawn."""
        texts = {end: self._text(end) for end in ends if end.port}
        lookup = StoreLookup(self.store)
        hits = lookup.aliases(sorted(set(texts.values())))
        ended = lookup.ended([hit.ci for hit in hits.values()])
        found = {end: hits[text].ci for end, text in texts.items() if text in hits and hits[text].ci not in ended}
        self.known.update(found)
        for end in texts.keys() - found.keys():
            self.known.pop(end, None)

    def ci(self, end: End) -> Key | None:
        """The CI of a port or device; stubs are in ``known`` once they are written."""
        if end.device and not end.port:
            return None if end.device in self.hosts else Key(end.device)
        return self.known.get(end)

    def _text(self, end: End) -> str:
        kind, spec = (Nic, CARD) if end.device in self.hosts else (Interface, PORT)
        return key_text(kind.kind, spec, (end.port,), end.device)

    def learn_nics(self) -> None:
        """Read all cards of hosts."""
        seen: dict[str, list[Key]] = {}
        for mac, ci in _cards(self.store):
            seen.setdefault(mac, []).append(ci)
        self.nics = {mac: cis[0] for mac, cis in seen.items() if len(cis) == 1}


def stub_item(stub: str, name: str) -> NetworkDevice:
    """A device as a neighbour names it: by a chassis id that tells it from all others, else as a mark of its own."""
    telling = chassis_id(stub)
    return NetworkDevice(
        chassis_id=telling, polled_as=None if telling else f"heard as {stub}", name=name or None, serial=None
    )


def _cards(store: Store) -> Iterator[tuple[str, Key]]:
    for row in scan(store, "Nic"):
        if mac := row.body.get("mac"):
            yield str(mac), Key(row.id)


def titles(store: Store, cis: Iterable[Key]) -> Mapping[Key, str]:
    """Names of CIs."""
    read = store.read(sorted(set(cis)))
    fields = {ci: store.model.items[state.kind].title_field for ci, state in read.items()}
    return {ci: str(state.attrs.get(fields[ci], "")) for ci, state in read.items()}
