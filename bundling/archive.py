"""Reproducible archives: the same files make the same archive, anywhere and at any time."""

import os
import subprocess
import tarfile
from pathlib import Path


def stamp() -> int:
    """The timestamp of everything packed: ``SOURCE_DATE_EPOCH``, or that of the last commit."""
    named = os.environ.get("SOURCE_DATE_EPOCH")
    if named:
        return int(named)
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False)
    return int(done.stdout.strip() or 0)


def pack(folder: Path, archive: Path, when: int | None = None) -> Path:
    """Pack ``folder`` under its own name: sorted, owned by root, with one timestamp, readable by all."""
    seconds = stamp() if when is None else when

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = seconds
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    archive.parent.mkdir(parents=True, exist_ok=True)
    half = archive.with_name(f"{archive.name}.half")
    with tarfile.open(half, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as file:
        for path in [folder, *sorted(folder.rglob("*"))]:
            file.add(path, str(folder.name / path.relative_to(folder)), recursive=False, filter=plain)
    return half.rename(archive)
