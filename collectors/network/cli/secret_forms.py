"""How secrets stand in configurations and answers: one list for all platforms, as a form of one harms no other.

Each form is a pattern whose groups are secrets. What no form knows is caught by one of ``WORDS`` with anything behind
it, unless the line is one of ``HARMLESS``. Written anew from vendors' command references.
"""

from __future__ import annotations

import re
from typing import Final

VALUE = r'(?:"((?:[^"\\\n]|\\.)*)"|' + r"'([^'\n]*)'|([^\s;\"'{}\[\]]+))"
"""A value, in quotes or up to the next space."""
_TYPE_WORD = (
    r"(?:0|4|5|6|7|8|8a|9|sha512|sha256|encrypted|ENC|ascii|ascii-text|hexadecimal|hex|hash|text|type-?[67]|md5|clear"
    r"|cipher|ciphertext|plaintext)"
)
_TYPE = rf"(?:{_TYPE_WORD}[ \t]+)?"
"""How the value is written; not the value, unless nothing follows."""
_END = (
    r"(?=[ \t]*(?:$|\r|[;{}]|\#\#)"
    r"|[ \t]+(?:role|privilege|usertype|address|hostname|no-xauth|localizedV?2?key|priv|auth-port|acct-port|port"
    r"|timeout|udp-port|single-connection|encrypted|authentication|accounting|format|security-name|source|read-only"
    r"|\d{1,5}\s*$)\b)"
)
"""What may come behind a value. Anything else: we may have taken a word of the command for the value."""
_V = _TYPE + VALUE + _END

VOLATILE: Final = "volatile"
"""Kind of what is encrypted anew at every showing."""

_FORMS: tuple[tuple[str, str], ...] = (
    (VOLATILE, r"\bENC \"?([^\s\"]+)"),
    # SNMP
    ("community", rf"\bsnmp-server (?:vrf \S+ )?community {_TYPE}{VALUE}"),
    (
        "community",
        (
            r"\bsnmp-server host \S+ (?:vrf \S+ )?(?!use-vrf|filter-vrf|source-interface|vrf )"
            r"(?!(?:(?:traps?|informs?) )?version v?3\b)"
            rf"(?:(?:traps?|informs?) )?(?:version v?(?:1|2c) )?(?:community )?{VALUE}"
        ),
    ),
    ("community", rf"\bset snmp (?:v3 snmp-community|community) {VALUE}"),
    ("community", rf"\bcommunity-name {VALUE}"),
    ("community", rf"^\s*community (?!\S+ members)(?!add |delete |set ){VALUE}(?=\s*[{{;]|$)"),
    ("community", rf"\bsnmp-community-string {VALUE}"),
    ("community", rf"^\s*r[ow]community6? {VALUE}"),
    ("community", rf"^\s*com2sec6? (?:-Cn \S+ )?\S+ \S+ {VALUE}"),
    ("key", rf"^\s*createUser (?:-e \S+ )?\S+ \S+ {VALUE}(?: \S+ {VALUE})?"),
    (
        "key",
        rf"\bauth (?:md5|sha[\d-]*) {_V}(?:.{{0,200}}? priv (?:(?:aes|des|3des)[-\d]*(?: (?:128|192|256))? )?{VALUE})?",
    ),
    ("key", rf"\b(?:authpwd|privpwd|auth-pwd|priv-pwd) {_V}"),
    ("key", rf"\bsnmp-server user \S+ (?:\S+ )?auth (?:md5|sha[\d-]*) {_V} priv (?:aes-?\d* )?{VALUE}"),
    # keys with a number or an address in between
    ("key", rf"\bmessage-digest-key \d+ (?:md5|hmac-sha-\d+) {_V}"),
    ("key", rf"\bauthentication-key \d+ (?:md5|sha1?|sha2|cmac-aes-128|hmac-sha\S+) {_V}"),
    ("key", rf"\bauthentication-key \d+ type \S+ value {_V}"),
    ("key", rf"\bmd5 \d+ key {_V}"),
    ("key", rf"\bcrypto isakmp key {_V}"),
    ("key", rf"\bpre-shared-key (?:(?:local|remote) )?(?:ascii-text |hexadecimal |address \S+ (?:\S+ )?key )?{_V}"),
    ("key", rf"\bkey config-key \S+ {VALUE}"),
    ("key", rf"^\s*(?:fallback )?key [0-9a-fA-F]{{2,64}} (?:[067] ){VALUE}"),  # MACsec of EOS: name, then key
    ("key", rf"\bwpa-psk (?:ascii|hex) {_V}"),
    ("key", rf"\b(?:key-string|server-key|shared-secret|simple-password) {_V}"),
    ("key", rf"\bcryptographic-algorithm \S+ key {_V}"),
    ("key", rf"\bserver(?:-private)? \S+ (?:\S+ \d+ )*key {_V}"),
    ("key", rf"\b(?:tacacs|radius)-server (?:host \S+ )?(?:\S+ \d+ )*key {_V}"),
    ("key", rf"\b(?:standby|vrrp|glbp|hsrp)\b.{{0,80}} authentication (?!md5 key-chain)(?:text |md5 key-string )?{_V}"),
    ("key", rf"^\s*authentication text {_V}"),
    ("key", rf"\bip nhrp authentication {_V}"),
    ("key", rf"\bip rip authentication string {_V}"),
    ("key", rf"\b(?:area-password|domain-password) (?:(?:clear|md5) )?{_V}"),
    ("key", rf"\bisis password (?:(?:clear|md5) )?{_V}"),
    ("key", rf"\bisis authentication key {_V}"),
    ("key", rf"\b(?:authentication-key|hello-authentication-key|privacy-key|authentication-md5|auth-key) {_V}"),
    ("key", rf"^\s*key (?!\d+\s*$)(?!chain )(?:[067] )?{VALUE}(?=\s*;?\s*$)"),
    # passwords
    ("password", rf"\b(?:password|secret) (?!strength-check|encryption)(?:level \d+ )?(?:\d{{1,2}} )?{_V}"),
    ("password", rf"\bencrypted-password {VALUE}"),
    ("password", rf"\b(?:authentication|privacy|plain-text|bind|trap|chap|pap|master|encryption)-password {_V}"),
    ("password", rf"\b(?:phash|passphrase|passwd|psksecret|default-chap-secret|chap-secret|sso-password) {_V}"),
    ("key", rf"\b(?:private-key|preshared-key|auth-password|group-password) {VALUE}"),
    ("key", rf"^\s*(?:PrivateKey|PresharedKey)\s*=\s*{VALUE}"),
    ("password", rf"^\s*(?:psk|password|wpa_passphrase|secret)\s*=\s*{VALUE}"),
    ("password", r"^\s*[\w.-]+:([!*]?\$[0-9a-z]+\$[^:\s]+):"),  # /etc/shadow
    # RouterOS, URLs, JSON, XML, anything hashed or marked
    ("key", rf"(?<![\w-])(?:[\w-]*-)?(?:password|secret|key|passphrase|psk|passcode|community)={VALUE}"),
    ("password", r"\b[a-z][a-z0-9+.-]{1,15}://[^\s:/@\"]+:([^\s@\"/]+)@"),
    (
        "password",
        (
            r"<(?:[\w-]{0,40}(?:password|secret|passwd|passphrase|phash|pwd|-key|community-string)|key|psk)"
            r"(?: [^>]{0,200})?>([^<]+)</"
        ),
    ),
    ("key", r'"([^"\n]+)";?\s*## SECRET-DATA'),
    ("key", r"(?<![\"\s])\s([^\s\";]+);\s*## SECRET-DATA"),
    ("password", r"(?<![\w/+=-])(-AQ==[A-Za-z0-9+/=]+)"),  # PAN-OS, encrypted with its master key
)

_JSON_FORMS: tuple[tuple[str, str], ...] = (
    (
        "password",
        (
            r'"[^"]{0,80}(?i:password|passwd|passphrase|secret|community|pwd|privatekey|presharedkey|authkey|privkey)[^"]{0,80}"'
            r'\s*:\s*"((?:[^"\\]|\\.)*)"'
        ),
    ),
    (
        "key",
        r'"(?i:key|phash|psk|token|auth[-_]?key|private[-_]key|api[-_]?key|shared[-_]key)"\s*:\s*"((?:[^"\\]|\\.)*)"',
    ),
    ("password", r"(\$(?:1|2[abxy]?|5|6|8|9|14|y|sha1|sha256|sha512)\$[^\s\";<:]+)"),
)
JSON_FORMS: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _JSON_FORMS)
"""Members of JSON objects, and hashes wherever they stand; quick on lines of any length."""
FORMS: Final = (*JSON_FORMS, *((kind, re.compile(pattern)) for kind, pattern in _FORMS))

WORDS: Final = frozenset(
    {
        "password", "passwords", "passwd", "passphrase", "passcode", "pwd", "secret", "secrets", "psk", "psksecret",
        "key", "keys", "community", "phash", "token", "credential", "credentials", "cak", "authpwd", "privpwd",
    }
)  # fmt: skip
"""Words for a secret, alone or in a compound (``shared-secret-v9``)."""
ABOUT: Final = frozenset(
    {"chain", "exchange", "id", "type", "length", "size", "lifetime", "encryption", "policy", "min", "max"}
)
"""What, behind such a word in a compound, makes it speak of something else (``key-chain``)."""
COMPOUND: Final = re.compile(r"[\w-]+")
ALGORITHM: Final = re.compile(r"(?:auth[ \t]+(?:md5|sha)|priv[ \t]+(?:aes|3?des))[\w-]*", re.IGNORECASE)
"""Two words that are one for a secret."""
BEHIND: Final = re.compile(r"[ \t]*[=:]?[ \t]*(?=\S*\w)")
"""What stands between such a word and a value; no match where there is none."""

BEFORE_TOKEN: Final = re.compile(
    rf"(?:(?:{_TYPE_WORD}|{'|'.join(sorted(WORDS))}|[\d.:/]+|sha\S*|hmac\S*|aes\S*|3?des|auth|priv"
    r"|type|value|string|level|local|remote|address"
    r"|hostname|host|simple|[0-9A-Fa-f]{16,})[ \t]+){0,6}[\"']?\0"
)
"""Words that may stand between a word for a secret and the token that a form has put for it."""

PRIVATE_KEY: Final = re.compile(r"-----(BEGIN|END) (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----")

MAY_HOLD_ONE: Final = re.compile(
    r"(?i)pass|secret|key|communit|snmp|auth|priv|psk|pwd|token|credential|phash|cak|\$|://|AQ==|\bENC\b|com2sec|createuser"
)
"""A quick look: lines without any of these are not looked at closely."""

HARMLESS: Final = re.compile(
    r"""(?x)
    ^\s*(?:no\s+)?(?:
        key\ chain\ \S+                                     # its name
      | key\ \d+                                            # number of a key within a chain
      | (?:service|feature)\ password[- ]encryption(?:\ aes)?
      | (?:no\ )?password\ (?:strength-check|encryption\ aes)
      | security\ passwords?\ min-length\ \d+
      | (?:no\ )?aaa\ .*
      | ssh\ key\ (?:rsa|ecdsa|ed25519|dsa)(?:\ \d+)?(?:\ force)?
      | crypto\ key\ (?:generate|zeroize)\ .*
      | (?:ip|bgp)\ (?:ext|large-)?community-list\ .*
      | (?:ip\ )?(?:ext)?community-set\ .*
      | (?:match|set)\ (?:ext|large-)?community(?:\ (?:\d+:\d+(?::\d+)?|\d+|internet|local-as|no-advertise|no-export
            |none|additive|rt|soo|exact-match|\(.*\)))*
      | neighbor\ \S+\ send-community(?:\ (?:both|extended|standard|large|add))*
      | send-community(?:-ebgp)?(?:\ (?:both|extended|standard|large))*
      | set\ policy-options\ .*
      | (?:route-map|policy-statement|term)\ .*
      | (?:set\ .*\s)?community\ \S+\ members\ .*
      | (?:set\ .*\s)?(?:then\ )?community\ (?:add|delete|set)\ \S+;?
      | .*(?:authentication|keyed?)[- ]key-?chains?\ \S+
    )\s*;?\s*$
    """
)
"""Lines with such a word in which nothing is secret; each is matched whole."""
