"""No secret survives in what is kept, and a rotated one is a visible change."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from driftline.collectors.network.cli.redact import Redactor, shared
from driftline.collectors.network.cli.secret_code import decoded
from tests.recorded import DATA, absent

REDACT = Redactor(b"a key of a test site", "k1")
TOKEN = re.compile(r"<secret:[a-z]+:k1:(?:[0-9a-f]{12}|set)>")

FORMS = {
    "cisco_ios": """
snmp-server community § RO 10
snmp-server host 10.0.0.1 version 2c §
snmp-server host 10.0.0.1 vrf Mgmt informs version 2c § udp-port 1162
snmp-server user mon grp v3 auth sha § priv aes 128 §
enable secret 5 §
enable password §
username admin privilege 15 secret 9 §
username admin password 0 §
 password 7 §
tacacs-server host 10.0.0.2 key 7 §
tacacs-server key §
radius-server host 10.0.0.3 auth-port 1812 acct-port 1813 key §
 key 7 §
 server-private 10.0.0.4 key 7 §
 client 10.0.0.5 server-key §
crypto isakmp key § address 10.0.0.6
 pre-shared-key local §
 pre-shared-key address 0.0.0.0 0.0.0.0 key 6 §
 key-string 7 §
 ip ospf message-digest-key 1 md5 7 §
 ip ospf authentication-key §
 neighbor 10.0.0.7 password 7 §
 standby 1 authentication md5 key-string 7 §
 standby 1 authentication §
 vrrp 1 authentication text §
ntp authentication-key 1 md5 § 7
 isis password §
 area-password §
 ppp chap password 7 §
 ppp pap sent-username u password 0 §
 ip nhrp authentication §
 wpa-psk ascii 0 §
key config-key password-encrypt §
ip ftp password §
  path ftp://backup:§@10.0.0.8/router
 ip http client password §
 l2tp tunnel password 7 §
 mpls ldp neighbor 10.0.0.9 password §
""",
    "cisco_nxos": """
username admin password 5 §  role network-admin
snmp-server user admin network-admin auth md5 § priv § localizedkey
snmp-server user admin network-admin auth md5 § priv aes-128 § localizedkey
snmp-server community § group network-operator
snmp-server host 10.0.0.1 traps version 2c § udp-port 162
radius-server key 7 "§"
tacacs-server host 10.0.0.2 key 7 "§"
  authentication md5 key-string §
  authentication text §
    key-string 7 §
  password 3 §
  ip eigrp 1 authentication-key §
""",
    "arista_eos": """
username admin privilege 15 role network-admin secret sha512 §
enable password sha512 §
snmp-server user u g v3 localized f5717f444ca8 auth sha § priv aes §
   neighbor 10.0.0.1 password 7 §
ntp authentication-key 1 md5 7 §
   key 0abc1234 7 §
   ip ospf message-digest-key 1 md5 7 §
radius-server key 7 §
""",
    "juniper_junos": """
set system root-authentication encrypted-password "§"
set snmp community § authorization read-only
    community § {
set system radius-server 10.0.0.1 secret "§"
        secret "§"; ## SECRET-DATA
set protocols bgp group g authentication-key "§"
set security ike policy p pre-shared-key ascii-text "§"
    pre-shared-key hexadecimal "§"; ## SECRET-DATA
set protocols ospf area 0 interface ge-0/0/0 authentication md5 1 key "§"
set protocols ospf area 0 interface ge-0/0/0 authentication simple-password "§"
set snmp v3 usm local-engine user u authentication-sha authentication-password "§"
set snmp v3 usm local-engine user u privacy-aes128 privacy-password "§"
set system ntp authentication-key 1 type md5 value "§"
            "ftp://backup@10.0.0.2/" password "§"; ## SECRET-DATA
    "scp://backup:§@10.0.0.3/";
    something-new "§"; ## SECRET-DATA
""",
    "paloalto_panos": """
set mgt-config users admin phash §
      phash §;
set deviceconfig system snmp-setting access-setting version v2c snmp-community-string §
        authpwd §;
        privpwd §;
set shared server-profile ldap l bind-password §
set network ike gateway g authentication pre-shared-key key §
            key §;
          secret §;
    <phash>§</phash>
    <private-key>§</private-key>
    <snmp-community-string>§</snmp-community-string>
""",
    "linux": """
password §
enable password §
 neighbor 10.0.0.1 password §
 ip ospf message-digest-key 1 md5 §
 isis password md5 §
 ip rip authentication string §
  key-string §
rocommunity § 10.0.0.0/8
com2sec readonly default §
createUser u SHA "§" AES "§"
PrivateKey = §
PresharedKey = §
root:$6$§:19000:0:99999:7:::
wpa_passphrase=§
""",
    "fortios": """
        set psksecret ENC §
        set password ENC §
        set passwd §
        set auth-pwd ENC §
        set passphrase "§"
""",
    "routeros": """
add name=user password=§ service=l2tp
set [ find default=yes ] wpa2-pre-shared-key=§
add address=10.0.0.1 secret="§" service=login
add interface=w private-key="§"
""",
    "json": """
{"users": [{"name": "admin", "password": "§", "sharedSecret": "§"}], "snmp": {"community": "§"}, "key": "§"}
""",
    "not known to any form": """
frobnicate password §
 magic shared-secret-v9 § and more
some.new.thing: api-token §
hush-key method 12 quux §
site credential: §
vendor psk § extra §
""",
}
PLANTS = [(platform, line) for platform, text in FORMS.items() for line in text.strip("\n").split("\n")]
SECRETS = st.text(
    "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!%&*+,-.=?^_~", min_size=8, max_size=40
).filter(lambda text: sum(map(str.isalnum, text)) >= 6)


def test_there_are_at_least_sixty_forms() -> None:
    """Acceptance 4: at least 60 forms over the platforms."""
    assert len(set(PLANTS)) >= 60


@pytest.mark.parametrize(("platform", "line"), PLANTS, ids=[f"{platform}: {line.strip()}" for platform, line in PLANTS])
@settings(max_examples=20, deadline=None)
@given(secret=SECRETS, other=SECRETS)
def test_no_planted_secret_survives(platform: str, line: str, secret: str, other: str) -> None:
    """Secrets are replaced before anything is stored; the rest of the text and its lines stay."""
    first_word = line.split(maxsplit=1)[0].split("§", maxsplit=1)[0].split("$", maxsplit=1)[0]
    text = f"hostname x\n{line.replace('§', secret)}\nend\n"
    around = REDACT(f"hostname x\n{line.replace('§', 'Another-one!23')}\nend\n")
    assume(secret not in around)  # what the command and the mark in its place say anyway is no secret
    kept = REDACT(text)
    assert secret not in kept
    assert TOKEN.search(kept), platform
    assert first_word in kept, "the command stays"
    assert kept.count("\n") == text.count("\n")
    assert REDACT(kept) == kept
    if other != secret and "ENC" not in line:
        assert REDACT(text.replace(secret, other)) != kept, "a rotation is a change"


def test_a_snmp_community_of_fortios_and_routeros_is_hidden_by_its_place() -> None:
    """A community that stands as a name is hidden; a name elsewhere stays."""
    text = 'config system snmp community\n    edit 1\n        set name "hushhush1"\nend\n'
    text += 'config x\n    set name "shown"\nend\n'
    kept = REDACT(text + "/snmp community\nset [ find default=yes ] name=hushhush2\n/ip pool\nadd name=pool1\n")
    assert "hushhush" not in kept
    assert '"shown"' in kept
    assert "name=pool1" in kept


def test_a_private_key_is_hidden_line_by_line() -> None:
    """Line count is preserved."""
    text = 'set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIabc123\nQUJDREVG\n'
    text += '-----END ENCRYPTED PRIVATE KEY-----"\nnext\n'
    kept = REDACT(text)
    assert "MIIabc123" not in kept
    assert "QUJDREVG" not in kept
    assert kept.endswith("\nnext\n")
    assert REDACT(kept) == kept


def test_a_private_key_in_one_line_is_hidden() -> None:
    """Key material beside its markers, as JSON and careless pasting have it."""
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    for line in (
        f'"privateKey": "{begin}\\nMIIhush\\n{end}\\n",',
        f"x {begin}MIIhush",
        f"{begin}\nMIIhush{end}",
        f"password hush {begin}\nMII\n{end} password hush",
    ):
        kept = REDACT(line)
        assert "hush" not in kept, line
        assert REDACT(kept) == kept
        assert kept.count("\n") == line.count("\n")


def test_one_secret_in_two_encodings_has_one_digest() -> None:
    """Reversible encodings are decoded and the plain text is digested: a new salt is no change."""
    assert decoded("0822455D0A16") == decoded("060506324F41") == "cisco"
    first, second = REDACT(" password 7 0822455D0A16\n"), REDACT(" password 7 060506324F41\n")
    assert first == second.replace("060506324F41", "")
    assert first == REDACT(" password 7 cisco\n")


def test_equal_secrets_show_and_other_keys_do_not_compare() -> None:
    """Equal tokens within a site show a shared secret; a key of another site gives other tokens."""
    kept = REDACT("neighbor 10.0.0.1 password 7 same-one-a\nneighbor 10.0.0.2 password 7 same-one-a\n")
    assert list(shared(kept).values()) == [2]
    assert not set(shared(kept)) & set(shared(Redactor(b"other", "k2")("neighbor 10.0.0.1 password 7 same-one-a\n")))


@pytest.mark.parametrize(
    "line",
    [
        "service password-encryption",
        "key chain OSPF",
        " key 1",
        " neighbor 10.0.0.1 send-community both",
        "ip community-list standard CUSTOMERS permit 65000:100",
        " set community 65000:100 additive",
        "set policy-options community CUSTOMERS members 65000:100",
        "aaa authentication login default group tacacs+ local",
        "interface GigabitEthernet0/1",
        " description uplink to keyser",
        "no password strength-check",
        " ip authentication key-chain eigrp 1 KEYS",
    ],
)
def test_what_only_looks_like_a_secret_stays(line: str) -> None:
    """Configuration stays readable evidence."""
    assert REDACT(line) == line


def test_no_planted_secret_of_recorded_sessions_survives() -> None:
    """Strings that oxidized's own tests forbid (``fail`` of secret.yaml) survive nowhere."""
    cases = sorted((DATA / "oxidized").glob("*#secret.yaml"))
    cases = [case for case in cases if not case.name.startswith("eatonnetwork")]  # forbids names of keys, not values
    if not cases:
        absent(DATA / "oxidized")
    looked_for = 0
    for case in cases:
        forbidden = [str(secret) for secret in YAML(typ="safe").load(case).get("fail", [])]
        said = case.with_name(case.name.replace("#secret", "#simulation")).read_text()
        kept = REDACT(said.replace("\\r\\n", "\n").replace("\\n", "\n").replace('\\"', '"'))
        looked_for += len(forbidden)
        assert [secret for secret in forbidden if secret in kept] == [], case.name
    assert looked_for > 20


@pytest.mark.parametrize(
    "unit",
    ["key ", "key-", "a-b-key ", "auth md5 x timeout ", "<key a", '"password"', '{"password": ', "a://b:", "$1$"],
)
def test_hostile_lines_are_hidden_without_costing_more_than_their_length(unit: str) -> None:
    """A line made to send patterns astray takes time by its length, and holds nothing readable in the end."""

    def seconds(size: int) -> float:
        line = unit * (size // len(unit))
        start = time.process_time()
        for _ in range(3):
            REDACT(f"{line} password hush-hush\n")
        return time.process_time() - start

    seconds(900)
    short, long = seconds(900), seconds(900_000)
    assert long < max(short, 0.001) * 1_000 * 20
    assert "hush" not in REDACT(unit * 100_000 + " password hush-hush")


def test_a_text_of_nothing_but_secrets_ends() -> None:
    """After so many lines that may hold a secret, each is hidden as a whole."""
    redact = Redactor(b"a key of a test site", "k1", many=100)
    kept = redact("key\n" * 100 + "set hush with password-policy\n" * 2)
    assert "hush" not in kept
    assert kept.count("\n") == 102
    assert redact(kept) == kept


def test_json_is_believed_only_where_it_is_json() -> None:
    """A line that only begins like JSON is looked at like any other; a configuration within JSON is hidden."""
    for line in (
        "{ some psk-like hush-a",
        '"x" vendor-psk hush-b',
        "<x vendor-psk hush-c",
        '{"output": "username x psk-new hush-d"}',
        '{"output": "username x psk-new hush-e"' + " " * 2_000 + "}",
        "[" * 3_000 + "psk hush-f",
    ):
        assert "hush" not in REDACT(line), line
    plain = '{"interfaces": {"Ethernet1": {"mtu": 1500, "description": "uplink"}}, "keyLength": 3}'
    assert REDACT(plain) == plain
