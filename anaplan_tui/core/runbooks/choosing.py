"""From a file and what stands on the command line to what is to be played."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from anaplan_tui.config.errors import printable
from anaplan_tui.core.runbooks.plan import Score
from anaplan_tui.core.runbooks.reading import RunbookError, fill, read
from anaplan_tui.core.runbooks.steps import Runbook, Step


def score_of(
    path: Path,
    values: Mapping[str, str],
    at: datetime,
    *,
    first: str | None = None,
    only: Sequence[str] = (),
) -> Score:
    """What is to be played of the runbook in a file. Reads it: blocks.

    Args:
        values: what ``--set`` gave.
        at: local time, for ``{date}`` and ``{time}``.
        first: a step's number or name; those before it are left out.
        only: the steps that are played.

    Raises:
        RunbookError: it is no runbook, a placeholder has no value, or there is no such step.
    """
    runbook = fill(read(path), values, at, path)
    return Score(
        key=key_of(path),
        name=runbook.name or path.stem,
        runbook=runbook,
        folder=Path(key_of(path)).parent,
        chosen=_chosen(runbook, first, only, path),
        values=tuple(values.items()),
        at=at,
    )


def key_of(path: Path) -> str:
    """What the journal calls a runbook of a file: its one path, wherever it is played from."""
    return str(path.expanduser().resolve())


def _chosen(runbook: Runbook, first: str | None, only: Sequence[str], path: Path) -> frozenset[int] | None:
    if first is not None:
        return frozenset(range(number_of(runbook, first, path), len(runbook.step) + 1))
    return frozenset(number_of(runbook, wanted, path) for wanted in only) or None


def number_of(runbook: Runbook, wanted: str, path: Path) -> int:
    """The number of the step that ``wanted`` means: a number from 1, a step's name, else what it is about.

    Raises:
        RunbookError: no step is meant, or several are.
    """
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(runbook.step):
        return int(wanted)
    for called in (_named, _about):
        found = [number for number, step in enumerate(runbook.step, 1) if called(step) == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(map(str, found))
            raise RunbookError(path, f'has several steps "{printable(wanted)}"', f"Give a number: {numbers}.")
    names = [
        f"{number} {printable(step.name or f'{step.does} {step.target}')}"
        for number, step in enumerate(runbook.step, 1)
    ]
    raise RunbookError(path, f'has no step "{printable(wanted)}"', f"Its steps: {', '.join(names)}.")


def _named(step: Step) -> str | None:
    return step.name


def _about(step: Step) -> str:
    return step.target
