"""Ports of a Fibre Channel switch (Brocade SW-MIB): the index counts from one, the panel from zero."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.shown import number, text
from driftline.graph.model.declare import Ref
from driftline.graph.model.network import FcPort

TABLE = "swFCPortTable"
OPER, ADMIN, WWN, NAME = 4, 5, 34, 36
ONLINE, OFFLINE = 1, 2
WWN_OCTETS = 8


def read_fibre_ports(answers: Answers, device: Ref) -> Iterator[FcPort]:
    """Every port; one under test or faulty is neither up nor down."""
    for index, row in answers.rows(TABLE).items():
        if len(index) != 1 or index[0] < 1:
            answers.odd(TABLE, index, "no number of a port")
            continue
        wwn, states = row.get(WWN), {ONLINE: True, OFFLINE: False}
        yield FcPort(
            number=str(index[0] - 1),
            name=text(row.get(NAME)),
            wwn=wwn.hex() if isinstance(wwn, bytes) and len(wwn) == WWN_OCTETS else None,
            admin_up=states.get(number(row.get(ADMIN)) or 0),
            oper_up=states.get(number(row.get(OPER)) or 0),
            device=device,
        )
