"""The user-based security model: keys and tags as the RFCs print them, and every protocol against an agent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pysnmp.proto.rfc1902 import OctetString
from typing_extensions import override

from driftline.collectors.errors import Refused, Unreachable
from driftline.collectors.network.snmp import Auth, FastEngine, Limit, PeerFacts, Privacy, User, Version, ber, pdu
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.network.snmp.usm_keys import AUTH, Keys, Locked
from driftline.collectors.network.snmp.wire import UNTRUSTED
from driftline.collectors.target import Password
from tests.collectors.network.snmp.speaking import PATIENT, QUICK, V3, interfaces, visit

ENGINE = bytes(11) + b"\x02"
UP_TIME = ber.from_dotted("1.3.6.1.2.1.1.3.0")
SYSTEM = ber.from_dotted("1.3.6.1.2.1.1")


def account(auth: Auth | None, privacy: Privacy | None) -> User:
    """A user with these protocols."""
    secret = Password("maplesyrup")
    return User("reader", auth, secret if auth else None, privacy, Password("privpass1") if privacy else None)


@pytest.mark.parametrize(
    ("auth", "key"),
    [
        (Auth.MD5, "526f5eed9fcce26f8964c2930787d82b"),
        (Auth.SHA1, "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_are_those_of_rfc_3414(auth: Auth, key: str) -> None:
    """RFC 3414 A.3: maplesyrup at engine 00...02."""
    primitive = AUTH[auth]

    localized = primitive.localize_key(primitive.hash_passphrase(b"maplesyrup"), OctetString(ENGINE))

    assert bytes(localized).hex() == key


@pytest.mark.parametrize(
    ("auth", "octets"),
    [(Auth.MD5, 12), (Auth.SHA1, 12), (Auth.SHA224, 16), (Auth.SHA256, 24), (Auth.SHA384, 32), (Auth.SHA512, 48)],
)
def test_tags_have_their_length_and_miss_no_change(auth: Auth, octets: int) -> None:
    """96-bit tags of MD5 and SHA-1, tags of 16/24/32/48 octets of RFC 7860."""
    keys: Locked = Keys().of(account(auth, None), ENGINE)
    message = b"\x04\x0c" + ENGINE + b"x" + bytes(octets) + b"yz"  # an engine id of eleven zeros before the tag

    signed = keys.signed(message, 15)

    assert keys.tag_octets == octets
    assert keys.genuine(signed, 15, octets)
    assert not any(keys.genuine(_flipped(signed, at), 15, octets) for at in range(len(signed)))


def _flipped(message: bytes, at: int) -> bytes:
    return message[:at] + bytes((message[at] ^ 1,)) + message[at + 1 :]


LEVELS = [(None, None), *[(auth, None) for auth in Auth], *[(auth, cipher) for auth in Auth for cipher in Privacy]]


def test_every_pair_of_protocols_reads_an_agent() -> None:
    """noAuthNoPriv, authNoPriv, authPriv in every combination."""

    async def scene() -> int:
        read = 0
        async with FastEngine() as engine:
            for auth, privacy in LEVELS:
                user = account(auth, privacy)
                agent = ReplayAgent(interfaces(20), users=[user])
                address = await agent.start()
                async with engine.peer(address, user, PeerFacts(), PATIENT) as peer:
                    walk = await peer.walk(ber.from_dotted("1.3.6.1.2.1.2"), Limit())
                read += walk.complete and len(walk.varbinds) == 160
                agent.close()
        return read

    assert asyncio.run(scene()) == len(LEVELS)


@pytest.mark.parametrize(
    "user",
    [
        User("nobody", Auth.SHA1, Password("authpass1"), Privacy.AES128, Password("privpass1")),
        User("reader", Auth.SHA1, Password("wrongpass"), Privacy.AES128, Password("privpass1")),
        User("reader", Auth.SHA1, Password("authpass1"), Privacy.AES128, Password("wrongpass")),
        User("reader", Auth.SHA256, Password("authpass1"), Privacy.AES128, Password("privpass1")),
        User("reader", Auth.SHA1, Password("authpass1")),
        User("reader"),
    ],
    ids=["unknown user", "auth passphrase", "privacy passphrase", "auth protocol", "level auth", "level none"],
)
def test_a_report_that_the_operator_must_act_on_is_refused_at_once(user: User) -> None:
    """UnsupportedSecLevels, UnknownUserNames, WrongDigests, DecryptionErrors => Refused, no retry."""

    async def scene() -> int:
        agent = ReplayAgent(interfaces(2), users=[V3])
        async with visit(agent, user) as peer:
            with pytest.raises(Refused, match=r"user (reader|nobody)"):
                await peer.get([UP_TIME])
        return len(agent.asked)

    assert asyncio.run(scene()) == 0


def test_a_short_passphrase_is_refused() -> None:
    """Passphrases under 8 octets are refused."""
    with pytest.raises(ValueError, match="at least 8"):
        User("reader", Auth.SHA1, Password("short"))


def test_a_clock_that_was_wrong_is_set_once_by_a_signed_report() -> None:
    """15, NAV #2884: wrong engineTime after the handshake; the report's time is taken, the request resent once."""

    async def scene() -> tuple[int, int]:
        agent = ReplayAgent(interfaces(2), users=[V3])
        async with visit(agent, V3) as peer:
            await peer.get([UP_TIME])
            agent.usm.skew, agent.usm.boots = 100_000, 7  # restarted, and its clock is elsewhere
            after = await peer.get([UP_TIME])
            agent.usm.skew = 10  # and its clock was put back without a restart
            again = await peer.get([UP_TIME])
        return len(after), len(again)

    assert asyncio.run(scene()) == (1, 1)


def test_a_replaced_device_is_discovered_again_once() -> None:
    """UnknownEngineIDs after discovery => rediscover once."""

    async def scene() -> bytes:
        agent = ReplayAgent(interfaces(2), users=[V3])
        async with visit(agent, V3) as peer:
            await peer.get([UP_TIME])
            agent.usm.engine_id = b"\x80\x00\x1f\x88\x04replaced"
            await peer.get([UP_TIME])
            return agent.usm.engine_id

    assert asyncio.run(scene()).endswith(b"replaced")


def test_two_devices_with_one_engine_id_keep_their_own_time() -> None:
    """15, easysnmp #146: time state is per (address, port), never per engineID."""

    async def scene() -> list[int]:
        twins = [ReplayAgent(interfaces(3), users=[V3], engine_id=ENGINE) for _ in range(2)]
        twins[1].usm.skew, twins[1].usm.boots = 5_000_000, 90
        found = []
        async with FastEngine() as engine:
            for agent in [*twins, *twins]:
                address = agent.address if hasattr(agent, "address") else await agent.start()
                async with engine.peer(address, V3, PeerFacts(), QUICK) as peer:
                    found.append(len((await peer.walk(SYSTEM, Limit())).varbinds))
            assert engine.engine_id(twins[0].address) == engine.engine_id(twins[1].address) == ENGINE
        for agent in twins:
            agent.close()
        return found

    assert asyncio.run(scene()) == [2, 2, 2, 2]


def test_a_reply_of_a_lower_level_is_dropped() -> None:
    """Replies with a lower security level than asked are dropped and counted."""

    class Careless(ReplayAgent):
        """Answers signed and encrypted requests in the open."""

        @override
        def replies(self, data: bytes) -> Iterator[bytes]:
            opened = self.usm.open(data)
            if isinstance(opened, bytes):
                yield opened
                return
            unit = self.answer(Version.V3, pdu.read(opened.unit, 0, len(opened.unit)), "")
            assert unit is not None
            yield self.usm.close(opened._replace(frame=opened.frame._replace(flags=0), keys=None), unit)

    async def scene() -> int:
        agent = Careless(interfaces(2), users=[V3])
        address = await agent.start()
        async with FastEngine() as engine, engine.peer(address, V3, PeerFacts(), QUICK) as peer:
            with pytest.raises(Unreachable):
                await peer.get([UP_TIME])
            drops = engine.wire(address).route(address).drops[UNTRUSTED]
        agent.close()
        return drops

    assert asyncio.run(scene()) == 2


def test_a_context_selects_what_is_read() -> None:
    """16: context names are supported, for FDB per VLAN and for VRFs."""
    in_vlan = User("reader", V3.auth, V3.auth_secret, V3.privacy, V3.privacy_secret, context="vlan-10")
    agent = ReplayAgent({"": interfaces(1), "vlan-10": interfaces(5)}, users=[V3])

    async def scene() -> tuple[int, set[str]]:
        agent.usm.users = [V3]
        async with visit(agent, in_vlan) as peer:
            walk = await peer.walk(ber.from_dotted("1.3.6.1.2.1.2"), Limit())
        return len(walk.varbinds), {asked.context for asked in agent.asked}

    assert asyncio.run(scene()) == (40, {"vlan-10"})


def test_keys_are_forgotten_and_never_shown() -> None:
    """Caches are dropped when credentials are reloaded and never logged or written."""
    keys = Keys()
    keys.of(V3, ENGINE)

    assert "pass" not in repr(keys).replace("passphrases", "")
    keys.forget()
    assert repr(keys) == "Keys(0 of 0 passphrases)"
