"""The snapshot of a play, a runbook played once: its steps, their stages and verdicts; never changed.

The :class:`~anaplan_tui.core.store.Store` holds the newest snapshot of each play by its id. It also holds the
runs, uploads and downloads of each step, under the ids that the step names.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.trouble import Exit, badness


class Stage(StrEnum):
    """The stage of a step of a play."""

    WAITING = "waiting"
    """Its turn has not come, or never came because the play ended first."""
    SKIPPED = "skipped"
    """Not chosen (``--from``, ``--only``)."""
    PLAYING = "playing"
    ENDED = "ended"
    """``verdict`` is set."""


@dataclass(frozen=True, slots=True)
class PlayedFile:
    """The local file of a step: the one that was sent, or the one that was fetched whole."""

    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PlayStep:
    """One step of a play."""

    number: int
    """From 1, as in the runbook."""
    does: str
    """The key that says what it does: ``upload``, ``run``, ``import`` …"""
    target: str
    """The target's name in the model."""
    name: str | None = None
    """The step's name in the runbook."""
    stage: Stage = Stage.WAITING
    verdict: Verdict | None = None
    """Judged by the step's ``accept``: warnings that it refuses are a failure. The run keeps its own."""
    reason: str = ""
    """One sentence: why it did not end well, what to know if it did, or what it waits for."""
    code: Exit = Exit.COMPLETED
    """The exit code that a script gets for the step."""
    stops: bool = False
    """The step did not end well, and the play stops at it."""
    run_id: str | None = None
    upload_id: str | None = None
    download_id: str | None = None
    """The ids of the step's run, upload or download in the store, while it is under way."""
    file: PlayedFile | None = None
    began: datetime | None = None
    ended: datetime | None = None
    """By our own clock."""

    @property
    def label(self) -> str:
        """The step's name, else what it does."""
        return self.name or self.says

    @property
    def says(self) -> str:
        """What the step does, in words."""
        return step_words(self.does, self.target)

    @property
    def done(self) -> bool:
        """Whether it ended well."""
        return self.stage is Stage.ENDED and self.verdict in (Verdict.COMPLETED, Verdict.WARNINGS)


class Course(StrEnum):
    """Whether a play is under way, was stopped, or has ended."""

    PLAYING = "playing"
    STOPPED = "stopped"
    """Stopped before its last step, by a step that did not end well or by somebody. It can be resumed."""
    ENDED = "ended"
    """All of its steps were played."""


@dataclass(frozen=True, slots=True)
class Play:
    """Everything known of one play of a runbook."""

    play_id: str
    runbook: str
    """The runbook's path, or another key for one made on the spot. At most one play of a key is live."""
    name: str
    steps: tuple[PlayStep, ...]
    course: Course = Course.PLAYING
    began: datetime | None = None
    ended: datetime | None = None
    resumed: bool = False
    """It continues an earlier play of the same runbook."""

    @property
    def live(self) -> bool:
        """Whether the play is still under way."""
        return self.course is Course.PLAYING

    @property
    def chosen(self) -> tuple[PlayStep, ...]:
        """The steps that are played."""
        return tuple(step for step in self.steps if step.stage is not Stage.SKIPPED)

    @property
    def current(self) -> PlayStep | None:
        """The step under way."""
        return next((step for step in self.steps if step.stage is Stage.PLAYING), None)

    @property
    def stopped_at(self) -> PlayStep | None:
        """The step at which a resumed play would continue; ``None`` when no step is left."""
        return next((step for step in self.chosen if step.stops or step.stage is not Stage.ENDED), None)

    @property
    def worst(self) -> PlayStep | None:
        """The step that gives the play its verdict and reason; ``None`` while no step has ended."""
        ended = [step for step in self.steps if step.stage is Stage.ENDED]
        return max(ended, key=lambda step: badness(step.code), default=None)

    @property
    def verdict(self) -> Verdict | None:
        """The worst step's verdict, once the play is over."""
        return None if self.live or self.worst is None else self.worst.verdict

    @property
    def reason(self) -> str:
        """One sentence about the worst step; empty when all went well."""
        worst = self.worst
        if worst is None or worst.code is Exit.COMPLETED:
            return ""
        return f"Step {worst.number}, {worst.label}: {worst.reason}" if worst.reason else worst.label

    def place_of(self, step: PlayStep) -> str:
        """``step 2 of 5``."""
        return f"step {step.number} of {len(self.steps)}"

    def with_step(self, step: PlayStep) -> "Play":
        """Return the play with a new snapshot of one step."""
        steps = tuple(step if known.number == step.number else known for known in self.steps)
        return replace(self, steps=steps)


def step_words(does: str, target: str) -> str:
    """Say in words what a step does."""
    return "wait until the model is idle" if does == "wait" else f"{does} {target}"
