"""What of a server's events is never kept: ids of other people's sessions, and values of settings that hold secrets.

Passwords for a guest's first start travel in ``extraConfig`` and in the properties of a vApp. A reconfiguration repeats
both in its specification and in ``configChanges``; of the latter only the values go, for the rest tells who did what.
"""

from __future__ import annotations

import re
from html import unescape
from xml.sax.saxutils import escape

from driftline.collectors.ask import HIDDEN
from driftline.collectors.vsphere.changes import split

SETTINGS = re.compile(r"extraConfig|vAppConfig")
SETTING = re.compile(r'(?:extraConfig|vAppConfig)(?:\.?\w*(?:\("[^"]*"\)|\["[^"]*"\]))?[\w.]*')
ENTRY = re.compile(r"\s*(?:[A-Za-z]\w*(?:\([^()]*\)|\[[^][]*\])?\.?)+: ")
"""How an entry begins that is not the rest of a value whose quotes went wrong."""
CUT = f"({HIDDEN}"
"""Stands for what could not be told apart; its bracket does not close, so that nobody takes the text for whole."""

# A body may be cut anywhere, so the end of the text ends every element.
SESSION_ID = re.compile(rb"(<(?:\w+:)?sessionId(?:\s[^>]*)?>)[^<]+(<|\Z)")
ADVANCED = re.compile(rb"(<(?:\w+:)?extraConfig(?:\s[^>]*)?(?<!/)>)(.*?)(</(?:\w+:)?extraConfig>|\Z)", re.DOTALL)
VALUE = re.compile(rb"(<(?:\w+:)?value(?:\s[^>]*)?(?<!/)>).*?(</(?:\w+:)?value>|\Z)", re.DOTALL)
VAPP = re.compile(rb"(<(?:\w+:)?vAppConfig(?:\s[^>]*)?(?<!/)>).*?(</(?:\w+:)?vAppConfig>|\Z)", re.DOTALL)
TEXT = re.compile(rb"(<(?:\w+:)?(?:(modified)|added|deleted)(?:\s[^>]*)?(?<!/)>)([^<]+)")
MESSAGE = re.compile(rb"(<(?:\w+:)?fullFormattedMessage(?:\s[^>]*)?(?<!/)>)[^<]*(?:extraConfig|vAppConfig)[^<]*(<|\Z)")
"""Nobody reads it, and it may repeat all of ``configChanges``."""
BLANK = rb"\1" + HIDDEN.encode() + rb"\2"


def without_secrets(body: bytes) -> bytes:
    """A page of events as it may be kept; one that holds no secret is itself."""
    body = SESSION_ID.sub(BLANK, body)
    if b"extraConfig" not in body and b"vAppConfig" not in body:
        return body
    body = VAPP.sub(BLANK, ADVANCED.sub(_settings, body))
    return TEXT.sub(_text, MESSAGE.sub(BLANK, body))


def without_values(text: str, *, paired: bool) -> str:
    """One text of ``configChanges`` without the values of such settings; ``paired``: its entries are ``old -> new``."""
    if not SETTINGS.search(text):
        return text
    try:
        entries = split(text, ";")
    except ValueError:  # where the text is cut a value may end anywhere
        first = SETTING.search(text)
        return f"{text[: first.end()]}: {CUT}" if first else text
    kept, hiding = list[str](), False
    for entry in entries:
        if SETTINGS.search(entry):
            kept.append(f"{split(entry, ': ', 1)[0]}: {HIDDEN}{f' -> {HIDDEN}' if paired else ''}")
            hiding = True
        elif not hiding or not entry.strip() or ENTRY.match(entry):
            kept.append(entry)
        elif kept[-1] != CUT:
            kept.append(CUT)
    return ";".join(kept)


def _settings(found: re.Match[bytes]) -> bytes:
    return found[1] + VALUE.sub(BLANK, found[2]) + found[3]


def _text(found: re.Match[bytes]) -> bytes:
    said = unescape(found[3].decode("utf-8", "replace"))
    kept = without_values(said, paired=found[2] is not None)
    return found[0] if kept == said else found[1] + escape(kept).encode()
