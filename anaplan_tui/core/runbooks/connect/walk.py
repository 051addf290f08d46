"""Walks a script without running it: what both shells have in common.

The walk goes the way of success: a runbook stops at what failed, so a call of the client ends with status 0.
Where the way depends on what is not known, it takes every branch for what that would set, none for its steps.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from anaplan_tui.core.runbooks.connect.holes import Given, Holes, Unknown
from anaplan_tui.core.runbooks.connect.script import Script
from anaplan_tui.core.runbooks.connect.secrets import Secrets

N = TypeVar("N")
"""A node of either shell's syntax."""

MAX_COMMANDS = 5_000
MAX_CALLS = 1_000
MAX_DEPTH = 12
MAX_CHARACTERS = 100_000
"""The limit of one value: a script that doubles a text in a loop must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the scripts something stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell the operator, in our words; of the script only what may be shown."""

    place: Place | None
    text: str
    untranslated: bool = True
    """Whether the runbook lacks something of the script."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the client: its arguments, holes and all."""

    place: Place
    words: tuple[str, ...]
    cwd: str
    batch: bool
    depends: str = ""
    """What it depends on, where it may not happen at all."""


@dataclass
class State:
    """What a shell keeps between commands."""

    variables: dict[str, Any] = field(default_factory=dict)
    arguments: tuple[str, ...] | None = None
    """The arguments of the script or function; ``None``: not known."""
    shifted: int = 0
    cwd: str = ""
    """Empty: where the script was called from."""
    status: int | None = 0
    depends: str = ""
    options: set[str] = field(default_factory=set)

    def copy(self) -> "State":
        """A copy, for a branch or a subshell."""
        return copy.copy(self)._own()

    def _own(self) -> "State":
        self.variables = dict(self.variables)
        self.options = set(self.options)
        return self


@dataclass(frozen=True, slots=True)
class AndOr(Generic[N]):
    """``left && right`` or ``left || right``."""

    line: int
    left: N
    wants_success: bool
    right: N


class Stop(Exception):
    """Control leaves the straight way."""


class Exit(Stop):
    """The script ends."""


class Return(Stop):
    """A function or a called script ends."""


class Break(Stop):
    """A loop ends."""


class Continue(Stop):
    """One pass of a loop ends."""


class TooMuch(Exception):
    """The script does not end within a reasonable number of commands."""


class NotUnderstood(Exception):
    """The syntax is unknown here; the message says what is, never in the script's own text."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


@dataclass
class Walk:
    """One conversion's walk: what was met so far, in the order of effects."""

    secrets: Secrets
    holes: Holes = field(default_factory=Holes)
    events: list[Call | Remark] = field(default_factory=list)
    state: State = field(default_factory=State)
    missing: list[str] = field(default_factory=list)
    """Files that could not be read; what they would have set is not known."""
    commands: int = 0
    calls: int = 0
    depth: int = 0

    def say(self, place: Place, text: str, *, untranslated: bool = True) -> None:
        """Report something, once."""
        remark = Remark(place, text, untranslated)
        if remark not in self.events:
            self.events.append(remark)

    def count(self) -> None:
        """Count a command.

        Raises:
            TooMuch: there were too many.
        """
        self.commands += 1
        if self.commands > MAX_COMMANDS:
            raise TooMuch

    def call(self, place: Place, words: Sequence[str], *, batch: bool) -> None:
        """Note that the client is called here, and take it to succeed."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise TooMuch
        self.events.append(Call(place, tuple(words), self.state.cwd, batch, self.state.depends))
        self.state.status = 0

    def assign(self, name: str, value: Any) -> None:
        """Set a variable; a nameless value from outside takes its name."""
        if isinstance(value, str):
            if len(value) > MAX_CHARACTERS:
                raise TooMuch
            value = self._without_itself(name, value)
            self.secrets.assigned(name, value)
            hole = self.holes.whole(value.strip('"'))
            if isinstance(hole, Given) and not hole.name:
                named = self.holes.put(hole.named(name))
                value = value.replace(self.holes.put(hole), named)
        self.state.variables[name] = value

    def _without_itself(self, name: str, value: str) -> str:
        """The value for ``X="$X more"`` where the script sets no X before: ``$X`` is empty."""
        for hole in self.holes.within(value):
            if isinstance(hole, Given) and hole.unset and hole.name.lower() == name.lower():
                value = value.replace(self.holes.put(hole), "")
        return value

    def fork(self, why: str, branches: Sequence[Callable[[], None]]) -> None:
        """Walk branches of which the script takes one, without knowing which.

        A branch that ends the script without a call of the client is a check: the walk goes on without it.
        """
        start, ends, leaves = self.state, [], False
        calls = self.calls
        for branch in branches:
            self.state = start.copy()
            self.state.depends = start.depends or why
            before = self.calls
            try:
                branch()
            except (Exit, Return):
                leaves = leaves or self.calls > before
            except (Break, Continue):
                leaves = True
            else:
                ends.append(self.state)
        if not ends:
            self.state = start
            raise Exit
        self.state = self._merged(ends, why)
        self.state.depends = start.depends or (why if leaves else "")
        if self.calls > calls and not start.depends:
            self.state.status = None

    def and_or(
        self, node: AndOr[N], walk: Callable[[N], None], fork: Callable[[str, list[Callable[[], None]]], None]
    ) -> None:
        """Walk the left side, then the right one where the left one's status asks for it.

        ``fork`` is :meth:`fork`, or what a shell puts in its place.
        """
        walk(node.left)
        status = self.state.status
        if status is None:
            sign = "&&" if node.wants_success else "||"
            why = f'the status of a program ("{sign}" in line {node.line})'
            fork(why, [lambda: walk(node.right), lambda: None])
        elif (status == 0) == node.wants_success:
            walk(node.right)

    def _merged(self, ends: Sequence[State], why: str) -> State:
        merged = ends[0].copy()
        if len(ends) == 1:
            return merged
        for name in {name for end in ends for name in end.variables}:
            values = [end.variables.get(name, "") for end in ends]
            if any(value != values[0] for value in values):
                texts = tuple(dict.fromkeys(v for v in values if isinstance(v, str)))
                known = texts if all(isinstance(v, str) for v in values) else ()
                merged.variables[name] = self.holes.put(Unknown(why, known))
        if any(end.cwd != merged.cwd for end in ends):
            merged.cwd = self.holes.put(Unknown(why))
        if any(end.status != merged.status for end in ends):
            merged.status = None
        return merged


def beside(script: Script, path: str, *, batch: bool) -> Path:
    """Where to look for a file that a script calls: beside the script."""
    return script.path.parent / (path.replace("\\", "/") if batch else path)


def unset(walk: Walk, name: str, *, expected: bool) -> Given:
    """A variable that nothing sets: empty, unless the environment or a missing file sets it.

    Args:
        expected: whether scripts take such a name from the environment, by custom.
    """
    if walk.missing:
        return Given(f"set by {walk.missing[0]}, which is missing", name, False, None, unset=True)
    return Given(f"{name} is set nowhere in the script", name, expected, expected, unset=True)
