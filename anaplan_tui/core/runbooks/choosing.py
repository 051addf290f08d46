"""Which runbook and which of its steps to play, from a file and the command line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from anaplan_tui.config.errors import printable
from anaplan_tui.core.journal.plays import PlayRecord
from anaplan_tui.core.play import Stage
from anaplan_tui.core.runbooks import placeholders
from anaplan_tui.core.runbooks.plan import Score
from anaplan_tui.core.runbooks.reading import RunbookError, fill, needs, read
from anaplan_tui.core.runbooks.steps import Runbook, Step


def score_of(
    path: Path,
    values: Mapping[str, str],
    at: datetime,
    *,
    first: str | None = None,
    only: Sequence[str] = (),
) -> Score:
    """The runbook in a file, with the steps of it to play. Reads the file: blocks.

    Args:
        values: what ``--set`` gave.
        at: local time, for ``{date}`` and ``{time}``.
        first: a step's number or name; steps before it are left out.
        only: the steps to play; none given means all.

    Raises:
        RunbookError: the file is no runbook, a placeholder has no value, or there is no such step.
    """
    return _score(path, read(path), values, at, lambda runbook: _chosen(runbook, first, only, path))


def score_again(path: Path, record: PlayRecord, values: Mapping[str, str], now: datetime) -> Score:
    """An earlier play to go on with: its steps, its values, its date. Reads the file: blocks.

    ``values`` replace single values of it. Values that the file no longer asks for are dropped; steps that
    the file has gained are played as well.

    Raises:
        RunbookError: as :func:`score_of`.
    """
    runbook = read(path)
    asked = needs(runbook)
    given = {name: value for name, value in record.values if name in asked} | dict(values)
    at = datetime.fromisoformat(record.at) if record.at else now
    left_out = {step.number for step in record.play.steps if step.stage is Stage.SKIPPED}
    chosen = frozenset(range(1, len(runbook.step) + 1)) - left_out if left_out else None
    return _score(path, runbook, given, at, lambda _: chosen)


def key_of(path: Path) -> str:
    """The journal's name for the runbook in a file: its resolved path, wherever it is played from."""
    return str(path.expanduser().resolve())


def _score(
    path: Path,
    runbook: Runbook,
    values: Mapping[str, str],
    at: datetime,
    chosen: Callable[[Runbook], frozenset[int] | None],
) -> Score:
    runbook = fill(runbook, values, at, path)
    return Score(
        key=key_of(path),
        name=runbook.name or path.stem,
        runbook=runbook,
        folder=Path(key_of(path)).parent,
        chosen=chosen(runbook),
        values=tuple(values.items()),
        at=at,
    )


def _chosen(runbook: Runbook, first: str | None, only: Sequence[str], path: Path) -> frozenset[int] | None:
    if first is not None:
        return frozenset(range(number_of(runbook, first, path), len(runbook.step) + 1))
    return frozenset(number_of(runbook, called, path) for called in only) or None


def number_of(runbook: Runbook, called: str, path: Path) -> int:
    """The number of the step that ``called`` means: a number from 1, a step's name, else what it is about.

    Raises:
        RunbookError: no step is meant, or several are.
    """
    if called.isascii() and called.isdigit() and 1 <= int(called) <= len(runbook.step):
        return int(called)
    for how in (_named, _about):
        found = [number for number, step in enumerate(runbook.step, 1) if how(step) == called]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(map(str, found))
            raise RunbookError(path, f'has several steps "{printable(called)}"', f"Give a number: {numbers}.")
    names = [
        f"{number} {printable(step.name or f'{step.does} {step.target}')}"
        for number, step in enumerate(runbook.step, 1)
    ]
    raise RunbookError(path, f'has no step "{printable(called)}"', f"Its steps: {', '.join(names)}.")


def _named(step: Step) -> str | None:
    return step.name


def _about(step: Step) -> str:
    return placeholders.plain(step.target)
