"""The bytes of one drop: a JSON document, or a folder of CSV files. The only part of this reader that touches disks."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from driftline.collectors.records.files.faults import BadFiles, Fault

MAX_BYTES = 64 * 1024 * 1024


def drop(path: Path) -> dict[str, bytes]:
    """Files by name, as far as they are ours to read (``.csv`` of a folder, or the one file named).

    Raises:
        BadFiles: nothing to read there, or more than 64 MiB.
    """
    try:
        paths = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        size = sum(file.stat().st_size for file in paths)
        if size <= MAX_BYTES:
            found = {file.name: file.read_bytes() for file in paths}
        else:
            raise BadFiles([Fault(str(path), 0, "", f"{size} bytes are too many; split it at {MAX_BYTES}")])
    except OSError as error:
        raise BadFiles([Fault(str(path), 0, "", f"cannot be read ({error.strerror}); check path and rights")]) from None
    if not found:
        raise BadFiles([Fault(str(path), 0, "", "no .csv file in this folder; see the documentation for their names")])
    return found


def run_id(files: Mapping[str, bytes]) -> str:
    """SHA-256 of the content: of the one file, or of all names and digests. The same drop is the same run."""
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    if len(digests) == 1:
        return next(iter(digests.values()))
    return sha256("".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()).hexdigest()
