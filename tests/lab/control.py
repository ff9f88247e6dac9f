"""What a test does to a simulator from outside, because the vSphere API cannot: `Control` and its small words."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one user sees of one object, in `times` answers (0: in all). `ref` is the value of the moref.

    `mode`: ``hidden`` = in no view and no answer; ``lost`` = in views, in no answer; ``unread`` = every path refused.
    """

    ref: str
    mode: str
    user: str = "*"
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A vim fault in place of the answer of `method`, after `skip` calls, `times` times (0: for ever)."""

    method: str
    fault: str
    user: str = ""
    skip: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A named damage to a valid answer of `method`, after `skip` answers, to `times` answers (0: to all).

    `find` is replaced once by `replace`, or by the bytes `hexadecimal`; answers without it pass and are not counted.
    `keep` cuts the body to so many bytes: a short but complete answer, or with `sever` a connection that breaks.
    """

    method: str
    find: str = ""
    replace: str = ""
    hexadecimal: str = ""
    keep: int = 0
    sever: bool = False
    skip: int = 0
    times: int = 1


def typed(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 -- whatever JSON can say
    """Write a value of the vim type `name` as the control endpoint reads it.

    >>> typed("int", 4)
    {'_typeName': 'int', '_value': 4}
    >>> typed("HostNtpConfig", {"server": ["ntp.example"]})
    {'_typeName': 'HostNtpConfig', 'server': ['ntp.example']}
    """
    return {"_typeName": name, **(value if isinstance(value, Mapping) else {"_value": value})}


@dataclass(frozen=True, slots=True)
class Control:
    """The control endpoint of one simulator. Rules, faults and edits given replace all those given before."""

    address: str

    def set(self, kind: str, ref: str, path: str, value: Any) -> None:  # noqa: ANN401 -- whatever JSON can say
        """Set a property without any event: text, truth, `typed` value, or None to unset it."""
        self._post("set", {"Type": kind, "Ref": ref, "Path": path, "Value": value})

    def rules(self, *rules: Rule) -> None:
        """Limit what users see."""
        self._post("rules", [asdict(rule) for rule in rules])

    def faults(self, *faults: Fault) -> None:
        """Make methods fail."""
        self._post("faults", [{**asdict(one), "fault": {"_typeName": one.fault}} for one in faults])

    def wire(self, *edits: Edit) -> None:
        """Damage answers on the wire."""
        self._post("wire", [{**asdict(edit), "hex": edit.hexadecimal} for edit in edits])

    def paging(self, limit: int = 0, delay_ms: Mapping[str, int] | None = None) -> None:
        """Let the server put at most `limit` objects in an answer (0: as asked), and dawdle with named methods."""
        self._post("paging", {"Limit": limit, "DelayMs": dict(delay_ms or {})})

    def event(
        self,
        key: int,
        *,
        user: str | None = None,
        change_tag: str | None = None,
        chain: int | None = None,
        created: datetime | None = None,
        modified: str = "",
        added: str = "",
        deleted: str = "",
    ) -> None:
        """Write into a past event what the simulator leaves out; the last three are its ``configChanges``."""
        said: dict[str, Any] = {"UserName": user, "ChangeTag": change_tag, "ChainId": chain}
        said["CreatedTime"] = created.isoformat() if created else None
        if modified or added or deleted:
            said["ConfigChanges"] = {"modified": modified, "added": added, "deleted": deleted}
        self._post("event", {"Key": key, **{name: value for name, value in said.items() if value is not None}})

    def reread(self, ref: str) -> None:
        """Give a VM registered again what its file says: identities, size, devices."""
        self._post("reread", {"type": "VirtualMachine", "value": ref})

    def hints(self, ref: str, *hints: Mapping[str, Any]) -> None:
        """Let a host hear these ``PhysicalNicHintInfo`` on its cards, in place of all it heard before."""
        self._post("hints", {"Ref": ref, "Hints": list(hints)})

    def clear(self) -> None:
        """Take back all rules, faults, edits and limits; values set stay set."""
        self.rules()
        self.faults()
        self.wire()
        self.paging()

    def _post(self, door: str, said: object) -> None:
        request = urllib.request.Request(f"{self.address}/{door}", json.dumps(said).encode(), method="POST")  # noqa: S310 -- loopback
        try:
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 -- loopback
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode().strip()) from None
