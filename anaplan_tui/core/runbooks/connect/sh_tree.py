"""What a script of sh or bash is made of, as ``sh_syntax`` reads it and ``sh_run`` walks it."""

from dataclasses import dataclass

from anaplan_tui.core.runbooks.connect.walk import AndOr


@dataclass(frozen=True, slots=True)
class Simple:
    """A command: assignments, then words."""

    line: int
    assignments: tuple[tuple[str, bool, str | tuple[str, ...]], ...]
    """Name, whether it is appended (``+=``), and a word or the words of an array."""
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pipe:
    """Commands joined by ``|``."""

    line: int
    commands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``! command``."""

    line: int
    command: "Node"


@dataclass(frozen=True, slots=True)
class Many:
    """Commands one after another; a subshell keeps what they set to itself."""

    line: int
    commands: tuple["Node", ...]
    subshell: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """Conditions with their bodies, and what is done when none holds."""

    line: int
    clauses: tuple[tuple["Node", "Node"], ...]
    otherwise: "Node"


@dataclass(frozen=True, slots=True)
class Case:
    """A word, and bodies by pattern."""

    line: int
    word: str
    clauses: tuple[tuple[tuple[str, ...], "Node"], ...]


@dataclass(frozen=True, slots=True)
class For:
    """A loop over words; ``None``: over the arguments."""

    line: int
    variable: str
    words: tuple[str, ...] | None
    body: "Node"


@dataclass(frozen=True, slots=True)
class While:
    """A loop as long as a condition holds, or until it does."""

    line: int
    condition: "Node"
    until: bool
    body: "Node"


@dataclass(frozen=True, slots=True)
class Function:
    """A function is defined."""

    line: int
    name: str
    body: "Node"


Node = Simple | Pipe | AndOr["Node"] | Not | Many | If | Case | For | While | Function
