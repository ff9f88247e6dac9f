"""What a device answered, by the name of what it was asked, with what was wrong with each answer.

Readers take rows and single objects from here and say which rows they could not understand. A table that was not
asked, not answered, cut or partly read says why; so does one with rows that nobody understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from driftline.collectors.capture import Capture, Damaged, Entry
from driftline.collectors.network.asks import GET, METHOD, TABLE, Choice, oid
from driftline.collectors.network.replies import BadReply, Index, TableReply, Value, decode_objects
from driftline.collectors.network.snmp.peer import End
from driftline.graph.model.observed import Status, Unread
from driftline.graph.model.values import Ms

Row = Mapping[int, Value]
Span = tuple[Ms, Ms]
NOT_ASKED, NO_ANSWER = "not asked", "no answer"
ANSWERED = 200
PASSING = (End.TIME_LIMIT.value, End.UNREACHABLE.value)
"""Ends that another visit may not meet; the others are the agent's nature."""
NOTHING = TableReply({}, complete=False, why=NOT_ASKED)
MAX_ODD = 20


@dataclass(slots=True)
class Answers:
    """The answers of one visit. ``tables`` and ``objects`` are by name of the ask, as are ``spans``, their times."""

    tables: Mapping[str, TableReply] = field(default_factory=dict)
    objects: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    spans: Mapping[str, Span] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)
    _odd: dict[str, dict[Index, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, capture: Capture) -> Answers:
        """Read a capture; of two answers to one ask the later counts."""
        tables: dict[str, TableReply] = {}
        objects: dict[str, Mapping[str, Value]] = {}
        spans: dict[str, Span] = {}
        bad: dict[str, str] = {}
        for entry in capture.entries:
            if entry.method != METHOD or "?" in entry.path:
                continue
            spans[entry.ask] = (entry.start_ms, entry.end_ms)
            bad.pop(entry.ask, None)
            try:
                if entry.path == GET:
                    objects[entry.ask] = decode_objects(_body(capture, entry))
                elif entry.path.startswith(TABLE):
                    tables[entry.ask] = TableReply.decode(_body(capture, entry))
            except (BadReply, Damaged) as error:
                bad[entry.ask] = str(error)
        return cls(tables, objects, spans, bad)

    def table(self, name: str) -> TableReply:
        """A table as it was answered; an empty, incomplete one if it was not."""
        return self.tables.get(name, NOTHING)

    def rows(self, name: str) -> Mapping[Index, Row]:
        """Rows of a table."""
        return self.table(name).rows

    def value(self, scalar: str) -> Value | None:
        """A single object by its name in its module."""
        dotted = oid(scalar)
        return next((found[dotted] for found in self.objects.values() if dotted in found), None)

    def odd(self, name: str, index: Index, why: str) -> None:
        """A row was not understood."""
        self._odd.setdefault(name, {})[index] = why

    def wrong(self, name: str) -> tuple[str, Status] | None:
        """What is wrong with the answer to an ask and how much of it is lost; ``None`` if it is whole."""
        if name in self.bad:
            return self.bad[name], Status.FAILED
        if name in self.objects:
            return None
        if name not in self.tables:
            return NOT_ASKED, Status.FAILED
        reply, odd = self.tables[name], self._odd.get(name, {})
        if odd and len(odd) >= len(reply.rows):
            return f"none of {len(reply.rows)} rows understood", Status.FAILED
        why = "" if reply.complete else reply.why or "cut"
        why = why or (f"{len(odd)} of {len(reply.rows)} rows not understood" if odd else "")
        return (why, Status.PARTIAL) if why else None

    def missed(self, choice: Choice) -> Mapping[str, tuple[str, Status]]:
        """What is wrong with the answers to a choice: everything up to the table that has rows must be whole."""
        found: dict[str, tuple[str, Status]] = {}
        for wanted in choice:
            if (wrong := self.wrong(wanted.name)) is not None:
                found[wanted.name] = wrong
            if self.rows(wanted.name):
                break
        return found

    def doubtful(self, name: str, *columns: int) -> bool:
        """Whether another visit may find more in these columns (all, if none is named) than this one did."""
        if name in self.objects and name not in self.bad:
            return False
        if name not in self.tables or name in self.bad:
            return True
        reply = self.tables[name]
        ends = [reply.unreadable[one] for one in columns or tuple(reply.unreadable) if one in reply.unreadable]
        lost = not reply.complete and not reply.unreadable
        return reply.skipped_suspected or lost or any(end in PASSING for end in ends)

    def unread(self) -> Iterable[Unread]:
        """Rows that were not understood, the first of each table."""
        for name, rows in self._odd.items():
            for index in sorted(rows)[:MAX_ODD]:
                yield Unread(name, ".".join(map(str, index)), rows[index])
        yield from (Unread(name, "reply", why) for name, why in self.bad.items())


def _body(capture: Capture, entry: Entry) -> bytes:
    if entry.status != ANSWERED:
        raise BadReply(f"{NO_ANSWER} ({entry.status})")
    return capture.body(entry)
