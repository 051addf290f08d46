"""The runbooks of a directory, each with its steps as the file has them, or with why it cannot be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anaplan_tui.config.errors import printable
from anaplan_tui.core.play import Play, PlayStep
from anaplan_tui.core.runbooks.choosing import key_of
from anaplan_tui.core.runbooks.reading import RunbookError, needs, read
from anaplan_tui.core.text import home


@dataclass(frozen=True, slots=True)
class Book:
    """One file of the directory."""

    path: Path
    key: str
    """What the journal calls it: :func:`~anaplan_tui.core.runbooks.choosing.key_of`."""
    name: str
    steps: tuple[PlayStep, ...] = ()
    """As the file has them: nothing is known of the tenant, placeholders are not filled in."""
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The placeholders that somebody has to fill, each with where it stands: ``step 2, from``."""
    problem: str = ""
    """Why it cannot be played, with file, line and step; empty when it can be read."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a directory holds."""

    directory: Path
    books: tuple[Book, ...] = ()
    """By file name."""
    problem: str = ""
    """Why the directory could not be read; empty when it could."""


def look(directory: Path) -> Shelf:
    """Every ``*.toml`` of a directory, without the directories below it. Reads them all: blocks."""
    try:
        paths = [path for path in directory.iterdir() if _is_runbook(path)]
    except OSError as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else _why(error)
        return Shelf(directory, problem=f"{printable(home(directory))} {why}.")
    paths.sort(key=lambda path: (path.name.casefold(), path.name))
    return Shelf(directory, tuple(map(book_of, paths)))


def book_of(path: Path) -> Book:
    """The runbook in a file, or why there is none. Reads it: blocks."""
    name = printable(path.stem)
    try:
        if not path.is_file():  # to open a pipe would wait for whoever writes into it
            return Book(path, str(path.absolute()), name, problem=f"{printable(home(path))} is not a file.")
        runbook = read(path)
    except RunbookError as error:
        error.file = printable(path.name)  # the list says in which directory
        return Book(path, key_of(path), name, problem=str(error).replace("\n", " "))
    except OSError as error:
        said = f"{printable(home(path))} {_why(error)}."
        return Book(path, str(path.absolute()), name, problem=said)
    steps = tuple(
        PlayStep(number, step.does, step.target, step.name) for number, step in enumerate(runbook.step, 1)
    )
    return Book(path, key_of(path), runbook.name or name, steps, needs(runbook))


def as_played(book: Book, play: Play | None) -> tuple[PlayStep, ...]:
    """The steps of a file, each as its last play has it where that played the same kind of step there.

    While it is played, the steps are those of the play, whatever becomes of the file meanwhile.
    """
    if play is None:
        return book.steps
    if play.live or not book.steps:
        return play.steps
    played = {step.number: step for step in play.steps}
    return tuple(
        known if (known := played.get(step.number)) is not None and known.does == step.does else step
        for step in book.steps
    )


def to_go_on(play: Play | None) -> PlayStep | None:
    """The step that a resumed play begins with; ``None`` when there is nothing to go on with."""
    return None if play is None or play.live else play.stopped_at


def was_cut_off(play: Play) -> bool:
    """Whether a play stopped although no step stopped it: its process ended, or somebody stopped it."""
    left = to_go_on(play)
    return left is not None and not left.stops


def _is_runbook(path: Path) -> bool:
    return path.suffix.lower() == ".toml" and not path.name.startswith(".")


def _why(error: OSError) -> str:
    return f"cannot be read ({(error.strerror or type(error).__name__).lower()})"
