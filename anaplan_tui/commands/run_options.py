"""The options of the command ``run``, and which of them exclude each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from anaplan_tui.commands.shared import Files

if TYPE_CHECKING:
    from anaplan_tui.core.runs.parameters import Parameters


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The arguments and options of ``run``, under click's names for them."""

    targets: tuple[str, ...]
    kind: str = "process"
    on_failure: str | None = None
    parameters: "Parameters" = ()
    uploads: tuple[tuple[str, Path], ...] = ()
    dumps: Path | None = None
    outputs: bool = False
    bundle: Path | None = None
    overwrite: bool = False
    force: bool = False
    first: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    resume: bool = False
    """Run the remaining actions of the last part."""
    wait: bool = False
    detach: bool = False
    json_: bool = False

    @property
    def part(self) -> bool:
        """Whether only part of the process is to run."""
        return self.resume or self.first is not None or bool(self.only or self.skip)

    @property
    def files(self) -> Files:
        """The files to fetch or write for each run."""
        return Files(self.dumps is not None, self.outputs, self.bundle, self.overwrite)

    def check(self, fetch_later: str) -> None:
        """Refuse options that exclude each other, before any request is sent.

        Args:
            fetch_later: the command line that fetches the dumps of a detached run.

        Raises:
            click.UsageError: names the options and says what to do.
            BundleFailed: the bundle's file exists.
        """
        clashes = (*self._of_part(), *self._of_leaving(fetch_later), *self._of_several())
        if clashes:
            raise click.UsageError(clashes[0])
        self.files.require_free()

    def _of_part(self) -> Iterator[str]:
        if self.resume and (self.first is not None or self.only or self.skip or self.parameters or self.wait):
            yield "--resume goes on with what was chosen: leave out the other choices and --param"
        if self.first is not None and self.only:
            yield "--from and --only both choose actions: use one"
        if self.part and (self.kind != "process" or self.detach or self.outputs or self.bundle):
            yield (
                "--from, --only, --skip and --resume run actions one by one: leave out --kind, --detach, "
                "--outputs and --bundle"
            )

    def _of_leaving(self, fetch_later: str) -> Iterator[str]:
        if self.wait and self.detach:
            yield "--detach leaves at once and --wait stays until the model is free: use one"
        if self.detach and (self.dumps or self.outputs or self.bundle):
            yield f"--detach leaves before there are files; fetch them later with: {fetch_later}"

    def _of_several(self) -> Iterator[str]:
        several = len(self.targets) > 1
        if self.part and several:
            yield "--from, --only, --skip and --resume go with one TARGET"
        if not several and self.on_failure:
            yield "--on-failure is about several TARGETs"
        if several and (self.detach or self.bundle or self.parameters):
            refused = "--detach" if self.detach else "--bundle" if self.bundle else "--param"
            yield f"{refused} goes with one TARGET; a runbook has it for each step"
