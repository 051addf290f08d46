"""Writes a runbook as TOML with comments; reading it again gives the same runbook."""

import errno
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from anaplan_tui import toml_text
from anaplan_tui.core.runbooks.steps import BY_KEY, Step
from anaplan_tui.whole_file import text_part

_WIDTH = 110


def comment(text: str) -> str:
    """A comment, of as many lines as it takes; a line that begins with blanks stays in one piece."""
    shown = "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
    lines = [line for paragraph in shown.split("\n") for line in _wrapped(paragraph)]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _wrapped(line: str) -> list[str]:
    if line.startswith("  "):
        return [line]
    return textwrap.wrap(line, _WIDTH - 2, break_long_words=False, break_on_hyphens=False) or [""]


def table(values: BaseModel | Mapping[str, Any]) -> str:
    """The keys of a table, one on each line, without those that were not set."""
    if isinstance(values, BaseModel):
        values = values.model_dump(by_alias=True, exclude_unset=True, exclude={"step"})
    return "".join(
        f"{toml_text.key(key)} = {toml_text.value(value)}\n"
        for key, value in values.items()
        if value is not None
    )


def step(step: Step) -> str:
    """One step; the key that says what it does comes first."""
    values = step.model_dump(by_alias=True, exclude_unset=True)
    does = next(key for key in values if key in BY_KEY)
    return "[[step]]\n" + table({does: values.pop(does), **values})


def runbook(
    head: Mapping[str, Any], steps: Iterable[tuple[Sequence[str], Step]], notes: Sequence[str] = ()
) -> str:
    """A whole runbook.

    Args:
        head: the keys above the steps.
        steps: each step with the comments above it.
        notes: comments at the very top.
    """
    above = "".join(comment(note) for note in notes)
    parts = [f"{above}{table(head)}"]
    parts += ["".join(comment(said) for said in said) + step(one) for said, one in steps]
    return "\n".join(parts)


def write(path: Path, text: str) -> None:
    """Write a new file with ``text``, whole or not at all; never overwrites a file.

    Raises:
        FileExistsError: there is a file of that name.
        OSError: the file cannot be written.
    """
    with text_part(path, newline="") as part:
        part.file.write(text)
        if not part.claim(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
