"""What went wrong, as one line for people and one number for programs."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator

from driftline.api.cli.frame import Frame
from driftline.api.decisions import CannotDecide
from driftline.api.identity import Undone
from driftline.api.instants import BadInstant
from driftline.api.output import clean
from driftline.api.questions.requests import NoSuchRequest, SeveralRequests
from driftline.api.site import NoSuch, NotYet
from driftline.api.writer import SameSource, TooOld
from driftline.collectors import errors as collecting
from driftline.collectors.capture import Damaged
from driftline.collectors.records.files import BadFiles
from driftline.config import ConfigurationError
from driftline.graph import errors as storing
from driftline.graph.model.selector import SelectorError
from driftline.graph.model.values import digest
from driftline.graph.questions.find_ci import NoSuchCi, SeveralCis

BAD_ANSWER, USAGE, PARTIAL, REFUSED, UNREACHABLE, CONFIGURATION, CONFLICT, STORE, BUG = 1, 2, 3, 4, 5, 6, 7, 8, 70

CODES: tuple[tuple[type[Exception], int], ...] = (
    (ConfigurationError, CONFIGURATION),
    (BadFiles, BAD_ANSWER),
    (Damaged, BAD_ANSWER),
    (NotYet, USAGE),
    (TooOld, CONFLICT),
    (SameSource, CONFLICT),
    (Undone, CONFLICT),
    (NoSuch, USAGE),
    (NoSuchCi, USAGE),
    (SeveralCis, USAGE),
    (NoSuchRequest, USAGE),
    (SeveralRequests, USAGE),
    (SelectorError, USAGE),
    (BadInstant, USAGE),
    (CannotDecide, USAGE),
    (collecting.Refused, REFUSED),
    (collecting.Unreachable, UNREACHABLE),
    (collecting.CollectorError, BAD_ANSWER),
    (storing.Undeclared, BUG),
    (storing.Conflict, CONFLICT),
    (storing.FenceLost, CONFLICT),
    (storing.StoreLocked, CONFLICT),
    (storing.StoreAway, UNREACHABLE),
    (storing.StoreFull, STORE),
    (storing.StoreDamaged, STORE),
    (storing.StoreNewer, STORE),
    (storing.StoreForeign, STORE),
    (storing.StoreError, USAGE),
)
"""Exit codes by error, the more special ones first (product.md 4, decision D34)."""


OS_ADVICE = {
    errno.ENOSPC: "no space left, nothing was lost; make room and run it again",
    errno.EADDRINUSE: "another program listens there; end it, or set http.bind",
    errno.EADDRNOTAVAIL: "is no address of this machine; set http.bind",
}
OS_CODES = {errno.ENOSPC: STORE, errno.EADDRINUSE: CONFLICT}


def code_of(error: Exception) -> int:
    """The exit code of an error."""
    if isinstance(error, OSError):
        return OS_CODES.get(error.errno or 0, USAGE)
    return next((code for kind, code in CODES if isinstance(error, kind)), BUG)


def tell(error: Exception, frame: Frame | None) -> int | None:
    """Say what went wrong and return the exit code; ``None``: it is for typer, which says it itself."""
    if type(error).__module__.startswith(("typer.", "click.")):
        return None
    if isinstance(error, BrokenPipeError):  # the reader has seen enough; the rest must not fail at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    code = code_of(error)
    mask = frame.__dict__["site"].secrets.mask if frame and "site" in frame.__dict__ else str
    for line in _lines(error, code):
        sys.stderr.write(f"driftline: {clean(mask(line))}\n")
    if frame and frame.verbose > 1:
        sys.stderr.write(mask("".join(traceback.format_exception(error))))
    return code


def _lines(error: Exception, code: int) -> Iterator[str]:
    """The text of an error; a configuration or a file may have several faults, a line each."""
    if code == BUG:
        where = traceback.extract_tb(error.__traceback__)[-1:]
        report = digest(type(error).__name__, *(f"{at.filename}:{at.lineno}" for at in where))[:8]
        yield f"bug {report}: {type(error).__name__}: {error}; run it again with -vv and report what it says"
    elif isinstance(error, OSError):
        advice = f"{error.strerror or error}; check the path and its rights"
        yield f"{error.filename or 'file'}: {OS_ADVICE.get(error.errno or 0, advice)}"
    else:
        yield from str(error).splitlines() or [type(error).__name__]
