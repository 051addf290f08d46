"""A play of a runbook as it stands at one moment: immutable, complete, free of any screen.

The :class:`~anaplan_tui.core.store.Store` holds the newest snapshot of each play by its id; the runs, uploads
and downloads that a step is made of are in there as well, under the ids that the step names.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from anaplan_tui.core.snapshots import Verdict
from anaplan_tui.trouble import Exit, badness


class Stage(StrEnum):
    """Where a step of a play stands."""

    WAITING = "waiting"
    """Its turn has not come; or never came, in a play that ended before it."""
    SKIPPED = "skipped"
    """Not chosen (``--from``, ``--only``)."""
    PLAYING = "playing"
    ENDED = "ended"
    """``verdict`` is set."""


@dataclass(frozen=True, slots=True)
class PlayedFile:
    """The local file of a step: what was sent, or what was fetched and is whole."""

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
    """What it is about, as the model calls it."""
    name: str | None = None
    """What the runbook calls it."""
    stage: Stage = Stage.WAITING
    verdict: Verdict | None = None
    """As the step's ``accept`` has it: warnings that it refuses are a failure. The run keeps its own."""
    reason: str = ""
    """One sentence: why it did not end well, what to know of one that did, what one under way waits for."""
    code: Exit = Exit.COMPLETED
    """What a script is told of it."""
    stops: bool = False
    """It did not end well, and the play stops at it."""
    run_id: str | None = None
    upload_id: str | None = None
    download_id: str | None = None
    """Under which ids the store has what moves, while it does."""
    file: PlayedFile | None = None
    began: datetime | None = None
    ended: datetime | None = None
    """By our own clock."""

    @property
    def label(self) -> str:
        """What it is called: its name, else what it does."""
        return self.name or self.says

    @property
    def says(self) -> str:
        """What it does, in words."""
        return step_words(self.does, self.target)

    @property
    def done(self) -> bool:
        """Whether it ended well."""
        return self.stage is Stage.ENDED and self.verdict in (Verdict.COMPLETED, Verdict.WARNINGS)


class Course(StrEnum):
    """Where a play stands."""

    PLAYING = "playing"
    STOPPED = "stopped"
    """Before its last step: a step did not end well, or somebody stopped it. It can be resumed."""
    ENDED = "ended"
    """All of its steps were played."""


@dataclass(frozen=True, slots=True)
class Play:
    """Everything known of one play of a runbook."""

    play_id: str
    runbook: str
    """What is played: the runbook's path, or another key for one made on the spot. One of a key at a time."""
    name: str
    steps: tuple[PlayStep, ...]
    course: Course = Course.PLAYING
    began: datetime | None = None
    ended: datetime | None = None
    resumed: bool = False
    """It goes on from an earlier play of the same."""

    @property
    def live(self) -> bool:
        """Whether it goes on."""
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
        """The step that a resumed play goes on with; ``None`` when nothing is left of it."""
        return next((step for step in self.chosen if step.stops or step.stage is not Stage.ENDED), None)

    @property
    def worst(self) -> PlayStep | None:
        """The step that its verdict and reason are taken from; ``None`` while none has ended."""
        ended = [step for step in self.steps if step.stage is Stage.ENDED]
        return max(ended, key=lambda step: badness(step.code), default=None)

    @property
    def verdict(self) -> Verdict | None:
        """That of the worst step, once the play is over."""
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
        """The play with another snapshot of one step."""
        steps = tuple(step if known.number == step.number else known for known in self.steps)
        return replace(self, steps=steps)


def step_words(does: str, target: str) -> str:
    """What a step does, in words."""
    return "wait until the model is idle" if does == "wait" else f"{does} {target}"
