"""Values that only a run of the script would know, each as one character.

A shell reads some texts twice (``sh -c``, ``eval``, ``%X%`` in a line). A value that is not known yet must
come through both readings in one piece, so it travels in plain strings as a character of a private plane.
"""

from dataclasses import dataclass, field

_FIRST, _LAST = 0xF0000, 0xFFFFD


@dataclass(frozen=True, slots=True)
class Here:
    """The folder of the script."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The date or time at the moment of the run, in a format of ``strftime``."""

    format: str


@dataclass(frozen=True, slots=True)
class Given:
    """One value from outside: an argument, the environment, a program's output.

    Where it has no ``name`` yet, the first variable that the script assigns it to names it.
    """

    origin: str
    """What to tell the operator about it."""
    name: str = ""
    sure: bool = True
    """Whether the script itself expects it from outside; if not, the operator has to answer for it."""
    filled: bool | None = True
    """Whether it is a text that is not empty, as conditions ask; ``None``: not known."""
    unset: bool = False
    """Whether it is a variable that nothing sets, as far as was read."""
    expression: str = field(default="", repr=False)
    """What gives it, never shown: two expressions in one line are two values."""

    def named(self, name: str) -> "Given":
        """The same value, named by the variable that a script assigns it to; it is taken for a text."""
        return Given(self.origin, name, self.sure, expression=self.expression)


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything, even several words or none: it depends on what is not known."""

    why: str
    alternatives: tuple[str, ...] = ()
    """What it is in each case, where all cases are known."""


Hole = Here | Clock | Given | Unknown


@dataclass
class Holes:
    """The holes of one conversion."""

    _holes: list[Hole] = field(default_factory=list)

    def put(self, hole: Hole) -> str:
        """The character that stands for ``hole``."""
        if hole not in self._holes:
            if len(self._holes) > _LAST - _FIRST:
                return "\ufffd"
            self._holes.append(hole)
        return chr(_FIRST + self._holes.index(hole))

    def of(self, character: str) -> Hole | None:
        """The hole behind a character, if it is one."""
        at = ord(character) - _FIRST
        return self._holes[at] if 0 <= at < len(self._holes) else None

    def within(self, text: str) -> list[Hole]:
        """The holes in a text, in order."""
        return [hole for character in text if (hole := self.of(character)) is not None]

    def whole(self, text: str) -> Hole | None:
        """The hole that a text is, if it is nothing else."""
        return self.of(text) if len(text) == 1 else None


def without_holes(text: str) -> str:
    """Foreign text in which nothing can be taken for a hole."""
    return "".join("\ufffd" if _FIRST <= ord(c) <= 0x10FFFF else c for c in text)


def is_hole(character: str) -> bool:
    """Whether a character stands for a hole."""
    return ord(character) >= _FIRST
