"""The tables of change requests: five CSV files joined by (source_id, valid_from), and two more."""

from __future__ import annotations

from driftline.collectors.records.files.columns import Column, Form, Table
from driftline.graph.model.change_records import Op, ScopeBy

SOURCE_ID = Column("source_id", "Id of the request at its source.", needed=True)
VALID_FROM = Column(
    "valid_from",
    "When the source changed to this content; blank: as exported, and in a part the only version of the file.",
    Form.TIME,
)
JOINS = (SOURCE_ID, VALID_FROM)
ZONE = Column("zone", "IANA zone of times in this row that carry no offset.")

WINDOWS = Table(
    "windows",
    "Times in which the work may be done.",
    (
        Column("start", "After this instant; blank: no window.", Form.TIME),
        Column("end", "Until this instant; blank: no window.", Form.TIME),
        ZONE,
    ),
    JOINS,
)
SCOPE = Table(
    "scope",
    "What may be changed.",
    (
        Column("by", "How the line names CIs; blank: ci.", choices=tuple(ScopeBy)),
        Column("text", "A CI, a filter, a closure, or for a new CI what it will be part of."),
        Column("kind", "Kind of the CI, of the class, or of the new CI."),
        Column("pattern", "Glob on the name of a new CI; blank: any name."),
        Column("dynamic", "Also what the line means when the change happens.", Form.FLAG),
        Column("added_at", "When the line was put into the request.", Form.TIME),
    ),
    JOINS,
)
EXPECTED = Table(
    "expected",
    "Which changes are expected; none: any change of what is in scope.",
    (
        Column("path", "Path of the change, a glob: cpu_count, virtual_disk/capacity_bytes.", needed=True),
        Column("op", "What happens to it; blank: anything.", choices=tuple(op for op in Op if op is not Op.ORDER_ONLY)),
        Column("value", "New value; blank: any.", Form.VALUE),
        Column("backout_value", "Value to go back to if the work fails.", Form.VALUE),
        Column("ci", "The one CI of the scope that the line is about; blank: all."),
    ),
    JOINS,
)
APPROVALS = Table(
    "approvals",
    "Decisions of people on this version.",
    (
        Column("approver", "Login of who decided.", Form.PERSON, needed=True),
        Column("role", "In which role."),
        Column("decision", "What was decided; blank: approved."),
        Column("decided_at", "When; blank: this is no approval.", Form.TIME),
    ),
    JOINS,
)
RFCS = Table(
    "rfcs",
    "Versions of change requests; a request may have several, each with its own parts.",
    (
        SOURCE_ID,
        VALID_FROM,
        Column("number", "Number that people use; blank: the id."),
        Column("type", "Standard, normal or emergency, in the source's words.", needed=True),
        Column("state", "State in the source's words.", needed=True),
        Column("on_hold", "Held at the moment.", Form.FLAG),
        Column("title", "Title."),
        Column("requester", "Login of who asked.", Form.PERSON),
        Column("owner", "Login of who answers for it.", Form.PERSON),
        Column("implementers", "Logins, or team:NAME, of who may do it; blank: anybody.", Form.PERSONS),
        Column("opened_at", "When it was raised.", Form.TIME),
        Column("risk", "Class of risk."),
        Column("close_code", "Result that the closer gave."),
        Column("quorum", "Distinct approvers needed; blank: 1.", Form.COUNT),
        Column("template_approved_at", "Approval of a standard change's template.", Form.TIME),
        Column("review_due_at", "Until when an emergency must be reviewed.", Form.TIME),
        Column("freeze_exempt", "May run inside a freeze.", Form.FLAG),
        Column("retro_declared", "Declared as done already.", Form.FLAG),
    ),
    parts=(WINDOWS, SCOPE, EXPECTED, APPROVALS),
)
REVOCATIONS = Table(
    "revocations",
    "Ends of approvals that no state of the request tells.",
    (
        SOURCE_ID,
        Column("at", "From when.", Form.TIME, needed=True),
        Column(
            "reason",
            "Why.",
            needed=True,
            choices=(
                "cancelled",
                "rejected",
                "withdrawn",
                "early_closure",
                "template_withdrawn",
                "material_edit",
                "deleted",
            ),
        ),
    ),
)
FREEZES = Table(
    "freezes",
    "Times in which nothing may change.",
    (
        Column("id", "Id of the freeze at its source.", needed=True),
        Column("name", "Name for people; blank: the id."),
        Column("start", "Frozen after this instant.", Form.TIME, needed=True),
        Column("end", "Frozen until this instant.", Form.TIME, needed=True),
        ZONE,
        Column("selector", "Filter of what is frozen; blank: everything."),
        Column("exempt_types", "Types of change that may go on, in the source's words.", Form.TEXTS),
        Column("exempt_rfcs", "Ids of requests that may go on.", Form.TEXTS),
        Column("authority", "Who declared it: a login, or team:NAME.", Form.PERSON),
        Column("declared_at", "Counts from here.", Form.TIME, needed=True),
        Column("lifted_at", "Until here.", Form.TIME),
    ),
)
RFC_TABLES = (RFCS, REVOCATIONS, FREEZES)
HEADS = (
    Column("extracted_at", "When the source was exported.", Form.TIME),
    Column("full", "The document holds every request there is: what is missing was deleted.", Form.FLAG),
)
