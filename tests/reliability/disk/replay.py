"""The disk after a power cut: a recorded run up to any point, with unsynced calls lost or kept.

The model is POSIX at its strictest. Bytes are safe once their file was synced after them, a name once its
directory was. Of everything else a file system may keep any part, in any order, and of a write any sectors.
"""

import hashlib
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass(frozen=True)
class Op:
    """One recorded call; ``node`` distinguishes files, even when an inode is used again."""

    what: str
    node: int
    offset: int
    size: int
    path: str
    old: str
    data: bytes

    @property
    def is_of_bytes(self) -> bool:
        return self.what in ("write", "truncate")

    @property
    def is_of_names(self) -> bool:
        return self.what in ("create", "rename", "link", "unlink", "mkdir")


def read_log(path: Path) -> list[Op]:
    """Return the calls of a log in order; a ``mark`` has the acknowledgement as its path."""
    data, at = path.read_bytes(), 0
    ops: list[Op] = []
    nodes: dict[int, int] = {}
    while at < len(data):
        end = data.index(b"\n", at)
        what, inode, offset, size, one, two = data[at:end].decode("utf-8", "surrogateescape").split("\t")
        at = end + 1
        body = b""
        if what == "write":
            body, at = data[at : at + int(size)], at + int(size)
        if what in ("create", "mkdir"):
            nodes[int(inode)] = len(ops) + 1
        node = nodes.setdefault(int(inode), -int(inode))
        ops.append(Op(what, node, int(offset), int(size), one, two, body))
    return ops


Keep = Callable[[Op], bool]
"""Whether a file system kept a call that was not synced."""


@dataclass
class Crash:
    """A way to lose power: which unsynced calls reached the disk, and which part of a write."""

    name: str
    keeps_bytes: Keep
    keeps_names: Keep
    grows: bool = False
    """Sizes reached the disk and bytes did not: zeros take their place."""
    torn: random.Random | None = field(default=None)
    """A write was kept, with some sectors missing."""


def crashes(seeds: int) -> Iterator[Crash]:
    """Yield the pure ones, then some of every mixture."""

    def always(_: Op) -> bool:
        return True

    def never(_: Op) -> bool:
        return False

    yield Crash("nothing", never, never)
    yield Crash("everything", always, always)
    yield Crash("names", never, always)
    yield Crash("names and sizes", never, always, grows=True)
    yield Crash("bytes", always, never)
    for seed in range(seeds):
        chance = random.Random(seed)
        share = chance.choice((0.2, 0.5, 0.8))

        def perhaps(_: Op, chance: random.Random = chance, share: float = share) -> bool:
            return chance.random() < share

        yield Crash(f"some {seed}", perhaps, perhaps, grows=seed % 2 == 1, torn=chance)


def _synced(ops: Sequence[Op]) -> list[bool]:
    """Return, for each call, whether a later one made it safe."""
    safe = [False] * len(ops)
    files: set[int] = set()
    folders: set[str] = set()
    for number in range(len(ops) - 1, -1, -1):
        op = ops[number]
        if op.what == "sync":
            files.add(op.node)
            folders.add(op.path)
        elif op.is_of_bytes:
            safe[number] = op.node in files
        elif op.is_of_names:
            # A link changes only the folder of the new name.
            touched = (op.path, op.old) if op.what == "rename" else (op.path,)
            safe[number] = {str(Path(path).parent) for path in touched} <= folders
    return safe


@dataclass(frozen=True)
class Start:
    """The files present before the recording; they count as synced."""

    folders: tuple[str, ...]
    files: dict[str, tuple[int, bytes]]
    """Node and content by path."""

    @classmethod
    def of(cls, root: Path) -> "Start":
        found = sorted(root.rglob("*"))
        # Their creation was not recorded: the log has their inodes negated.
        files = {str(p): (-p.stat().st_ino, p.read_bytes()) for p in found if p.is_file()}
        return cls(tuple(str(path) for path in found if path.is_dir()), files)


def after(ops: Sequence[Op], crash: Crash, start: Start, root: Path) -> None:
    """Make ``root`` what is left of ``start`` when power fails after ``ops``, recorded below ``root``."""
    names = {name: node for name, (node, _) in start.files.items()}
    contents = {node: bytearray(data) for node, data in start.files.values()}
    folders = set(start.folders)
    for op, safe in zip(ops, _synced(ops), strict=True):
        if op.is_of_bytes:
            _bytes(contents.setdefault(op.node, bytearray()), op, crash, safe=safe)
        elif op.is_of_names and (safe or crash.keeps_names(op)):
            _name(names, folders, op)
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for folder in sorted(folders, key=len):
        if Path(folder).parent.is_dir():
            Path(folder).mkdir(exist_ok=True, mode=0o700)
    made: dict[int, Path] = {}
    for name, node in names.items():
        path = Path(name)
        if not path.parent.is_dir():
            continue
        if node in made:
            path.hardlink_to(made[node])
        else:
            path.write_bytes(contents.get(node, b""))
            path.chmod(0o600)
            made[node] = path


def _bytes(content: bytearray, op: Op, crash: Crash, *, safe: bool) -> None:
    kept = safe or crash.keeps_bytes(op)
    if op.what == "truncate":
        if kept or crash.grows:
            del content[op.size :]
            content.extend(bytes(op.size - len(content)))
        return
    end = op.offset + op.size
    if (kept or crash.grows) and len(content) < end:
        content.extend(bytes(end - len(content)))
    if not kept:
        return
    for at in range(0, op.size, SECTOR):
        if safe or crash.torn is None or crash.torn.random() < 0.8:
            piece = op.data[at : at + SECTOR]
            content[op.offset + at : op.offset + at + len(piece)] = piece


def _name(names: dict[str, int], folders: set[str], op: Op) -> None:
    if op.what == "mkdir":
        folders.add(op.path)
    elif op.what == "unlink":
        names.pop(op.path, None)
        folders.discard(op.path)
    else:
        if op.what == "rename" and names.get(op.old) == op.node:
            del names[op.old]
        names[op.path] = op.node


def digest(root: Path) -> str:
    """Return a digest of a directory's content, so that equal ones are checked once."""
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        found.update(str(path.relative_to(root)).encode("utf-8", "surrogateescape") + b"\0")
        if path.is_file():
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
