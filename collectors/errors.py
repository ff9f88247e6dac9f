"""What can go wrong between us and a source, branching by who must act.

    CollectorError
    ├── Unreachable   nobody: wait, it is tried again with back-off
    ├── Refused       the operator: credential, privilege, certificate or network list; never tried again as it stands
    ├── Unsupported   us: a product or version that the collector does not know
    └── Garbled       us: a reply that was not understood

"Nothing there" is a value, not an error; and what was read before an error is kept.
"""

from __future__ import annotations


class CollectorError(Exception):
    """A visit could not go on. Its text says what was attempted, where, why it failed and what to do; never a secret.

    ``target`` and ``ask`` are names, ``why`` is one line, ``do`` is advice to the one who must act.
    """

    do = ""

    def __init__(self, target: str, ask: str, why: str, do: str = "") -> None:
        self.target, self.ask, self.why = target, ask, why
        self.do = do or type(self).do
        super().__init__(f"{target}: {ask}: {why}; {self.do}")


class Unreachable(CollectorError):
    """No answer, or not all of it, in time."""

    do = "it is tried again; check name, route and firewall if it stays"


class Refused(CollectorError):
    """The source, or a rule of ours, said no."""

    do = "change the configuration; it is not tried again before"


class Unsupported(CollectorError):
    """The source is not of a kind that the collector knows."""

    do = "report it with a capture made by driftline record"


class Garbled(CollectorError):
    """The reply makes no sense, or is larger than any sensible one."""

    do = "report it with a capture made by driftline record"
