"""Keys, tags and ciphers of the user-based security model, by the primitives of pysnmp (RFC 3414, 3826, 7860).

pysnmp brings the algorithms; where a tag stands in a message, and whether it is right, is decided here: pysnmp looks
for it by its bytes, which an engine identifier with twelve zeros leads astray.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from pysnmp.proto.rfc1902 import OctetString
from pysnmp.proto.secmod.rfc3414 import service as usm  # the door to the ciphers, which import each other in a circle
from typing_extensions import override

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.credential import Auth, Privacy, User

_SHA2 = usm.hmacsha2.HmacSha2
AUTH: dict[Auth, Any] = {
    Auth.MD5: usm.hmacmd5.HmacMd5(),
    Auth.SHA1: usm.hmacsha.HmacSha(),
    Auth.SHA224: _SHA2(_SHA2.SHA224_SERVICE_ID),
    Auth.SHA256: _SHA2(_SHA2.SHA256_SERVICE_ID),
    Auth.SHA384: _SHA2(_SHA2.SAH384_SERVICE_ID),
    Auth.SHA512: _SHA2(_SHA2.SHA512_SERVICE_ID),
}
AUTH_IDS: dict[Auth, tuple[int, ...]] = {
    Auth.MD5: usm.hmacmd5.HmacMd5.SERVICE_ID,
    Auth.SHA1: usm.hmacsha.HmacSha.SERVICE_ID,
    Auth.SHA224: _SHA2.SHA224_SERVICE_ID,
    Auth.SHA256: _SHA2.SHA256_SERVICE_ID,
    Auth.SHA384: _SHA2.SAH384_SERVICE_ID,
    Auth.SHA512: _SHA2.SHA512_SERVICE_ID,
}
PRIVACY: dict[Privacy, Any] = {
    Privacy.DES: usm.des.Des,
    Privacy.DES3: usm.des3.Des3,
    Privacy.AES128: usm.aes.Aes,
    Privacy.AES192: usm.aes192.Aes192,
    Privacy.AES256: usm.aes256.Aes256,
    Privacy.AES192_BLUMENTHAL: usm.aes192.AesBlumenthal192,
    Privacy.AES256_BLUMENTHAL: usm.aes256.AesBlumenthal256,
}
BLOCKS = {Privacy.DES, Privacy.DES3}
"""Ciphers of whole blocks, which leave padding behind a message."""
BLOCK, SALT, BLOCK_SALT_BITS, SALT_BITS = 8, 8, 32, 64


class _Octets(bytes):
    """Octets as the primitives of pysnmp want them, without what its own type costs at each use."""

    def asOctets(self) -> bytes:  # noqa: N802 -- pysnmp's name
        return self

    def asNumbers(self) -> tuple[int, ...]:  # noqa: N802 -- pysnmp's name
        return tuple(self)

    @override
    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Octets(found) if isinstance(place, slice) else found


class Locked:
    """The keys of one user at one engine, and what they do."""

    __slots__ = ("_auth", "_auth_key", "_cipher", "_privacy_key", "_zeros", "privacy", "tag_octets")

    def __init__(self, user: User, auth_key: Any, cipher: Any, privacy_key: Any) -> None:  # noqa: ANN401 -- of pysnmp
        self._auth = None if user.auth is None else AUTH[user.auth]
        self._auth_key, self._cipher, self._privacy_key = auth_key, cipher, privacy_key
        self.privacy = user.privacy
        self.tag_octets: int = 0 if self._auth is None else self._auth.digest_length
        self._zeros = bytes(self.tag_octets)

    def tag(self, message: bytes) -> bytes:
        """The tag of a message whose own tag is zeros."""
        if self._auth is None:
            return b""
        at = message.find(self._zeros)
        signed: bytes = bytes(self._auth.authenticate_outgoing_message(self._auth_key, message))
        return signed[at : at + self.tag_octets]

    def signed(self, message: bytes, at: int) -> bytes:
        """The message with its tag in place."""
        return message[:at] + self.tag(message) + message[at + self.tag_octets :]

    def genuine(self, message: bytes, at: int, size: int) -> bool:
        """Whether the tag that stands in a message is right."""
        if size != self.tag_octets:
            return False
        plain = message[:at] + self._zeros + message[at + size :]
        return hmac.compare_digest(self.tag(plain), message[at : at + size])

    def encrypt(self, boots: int, time: int, plain: bytes) -> tuple[bytes, bytes]:
        """The cipher text, and the salt that goes with it."""
        text, salt = self._cipher.encrypt_data(self._privacy_key, (boots, time, None), plain)
        return bytes(text), bytes(salt)

    def decrypt(self, boots: int, time: int, salt: bytes, text: bytes) -> bytes:
        """The plain text; of a block cipher with its padding.

        Raises:
            Malformed: it cannot be one.
        """
        if len(salt) != SALT or (self.privacy in BLOCKS and len(text) % BLOCK):
            raise ber.Malformed("an encrypted part that its cipher does not make")
        given = _Octets(salt) if self.privacy in BLOCKS else list(salt)
        return bytes(self._cipher.decrypt_data(self._privacy_key, (boots, time, given), _Octets(text)))


class Keys:
    """Derived keys of one process, in memory only: a passphrase costs milliseconds to turn into a key."""

    def __init__(self) -> None:
        self._of_secret: dict[tuple[Auth, str], Any] = {}
        self._of_engine: dict[tuple[User, str, str, bytes], Locked] = {}
        self._ciphers = {name: _salted(make(), name) for name, make in PRIVACY.items()}

    def forget(self) -> None:
        """Drop everything: credentials were loaded again."""
        self._of_secret.clear()
        self._of_engine.clear()

    def of(self, user: User, engine_id: bytes) -> Locked:
        """The keys of a user at an engine."""
        secrets_ = [secret.reveal() if secret else "" for secret in (user.auth_secret, user.privacy_secret)]
        key = (user, secrets_[0], secrets_[1], engine_id)
        if (found := self._of_engine.get(key)) is None:
            found = self._of_engine[key] = self._lock(user, secrets_, OctetString(engine_id))
        return found

    def _lock(self, user: User, secrets_: list[str], engine: Any) -> Locked:  # noqa: ANN401 -- octets of pysnmp
        auth_key = privacy_key = cipher = None
        if user.auth is not None:
            auth_key = AUTH[user.auth].localize_key(self._master(user.auth, secrets_[0]), engine)
            if user.privacy is not None:
                cipher = self._ciphers[user.privacy]
                privacy_key = cipher.localize_key(AUTH_IDS[user.auth], self._master(user.auth, secrets_[1]), engine)
        return Locked(user, _octets(auth_key), cipher, _octets(privacy_key))

    def _master(self, auth: Auth, secret: str) -> Any:  # noqa: ANN401 -- octets of pysnmp
        if (found := self._of_secret.get((auth, secret))) is None:
            found = self._of_secret[auth, secret] = AUTH[auth].hash_passphrase(secret.encode())
        return found

    @override
    def __repr__(self) -> str:
        return f"Keys({len(self._of_engine)} of {len(self._of_secret)} passphrases)"


def _salted(cipher: Any, privacy: Privacy) -> Any:  # noqa: ANN401 -- a cipher of pysnmp
    """Start the salt anew: pysnmp draws it once per process from a generator that is not for secrets."""
    cipher.local_int = secrets.randbits(BLOCK_SALT_BITS if privacy in BLOCKS else SALT_BITS)
    return cipher


def _octets(key: Any) -> _Octets | None:  # noqa: ANN401 -- octets of pysnmp
    return None if key is None else _Octets(key.asOctets())
