"""The folder that the demonstration lives in: made new each time, and never made of a folder that is somebody's."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from driftline import api
from driftline.api.site import NotYet, Site
from driftline.collectors import COLLECTORS
from driftline.config import Settings

SHIPPED = Path(str(api.__file__)).with_name("demo")
MARK = ".driftline-demo"
COPIED = ("driftline.yaml", "policy.yaml", "people", "requests", "captures")
KEY = sha256(b"driftline demo").digest()
"""The key of pseudonyms is no secret here: its people are invented, and the story reads the same everywhere."""
OURS = (*COPIED, "data")
"""All that the demonstration makes in its folder, and all that it deletes there."""


def prepared(folder: Path) -> None:
    """Make the folder, or make it new if an earlier demonstration made it; what else lies in it stays.

    Raises:
        NotYet: it exists, and no demonstration made it.
        StoreLocked: a demonstration is at work in it.
    """
    if (folder / MARK).exists():
        _empty(folder)
    elif folder.exists():
        raise NotYet(f"{folder}: exists, and no demo made it; name another folder: driftline demo --data DIR")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by driftline demo, which makes it new each time. Delete it to forget it.\n")
    for name in COPIED:
        _copy(SHIPPED / name, folder / name)
    (folder / "data").mkdir()
    (folder / "data" / "site.key").write_bytes(KEY)


def site_in(folder: Path, port: int = 8484) -> Site:
    """The installation of a prepared folder. Nothing of the user's own settings reaches it."""
    bind = {"DRIFTLINE__HTTP__BIND": f"127.0.0.1:{port}"}
    return Site(Settings.load(folder / "driftline.yaml", bind, collectors=COLLECTORS), {})


def _empty(folder: Path) -> None:
    if (folder / "data" / "driftline.db").exists():
        site = site_in(folder) if (folder / "driftline.yaml").exists() else None
        if site:
            _claim(site)
    for name in OURS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _claim(site: Site) -> None:
    """Make sure that nobody writes to the store that is about to go."""
    with site.store(writing=True) as store, store.lease("demo"):
        pass


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
