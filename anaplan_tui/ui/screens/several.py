"""Questions about several marked lines: each is listed, so that nobody answers for one they cannot see."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from textual import work
from textual.content import Content
from typing_extensions import override

from anaplan_tui.core import text
from anaplan_tui.core.catalog import CatalogItem
from anaplan_tui.core.runs.parameters import words
from anaplan_tui.core.runs.preflight import Preflight
from anaplan_tui.ui.jobs.bundle import First
from anaplan_tui.ui.jobs.listed import Skipped
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.words import MUTED, WARN

_NAME = 44

Look = Callable[[Sequence[CatalogItem]], Awaitable[Sequence[Preflight]]]
Chosen = tuple[Preflight, ...]


class QueueSeveral(Question[Chosen]):
    """Opens at once and checks each target meanwhile; until then it can only be declined."""

    def __init__(
        self,
        look: Look,
        items: Sequence[CatalogItem],
        model: str,
        skipped: Sequence[Skipped],
        *,
        doubles: int = 0,
    ) -> None:
        """``doubles``: how many marked lines repeat a target."""
        title = f"Queue {text.plural(len(items), 'run')} on {model}?"
        looking = ("Looking at what runs in the model …",)
        super().__init__(title, looking, (Answer("Leave it", (), "n"),), changes_things=True)
        self._look, self._items, self._skipped, self._doubles = look, items, skipped, doubles

    @override
    def on_mount(self) -> None:
        self._look_and_ask()

    @work(group="preflight")
    async def _look_and_ask(self) -> None:
        found = tuple(await self._look(self._items))
        lines = what_is_queued(found, self._skipped, self._doubles)
        nothing: Chosen = ()
        answers = (Answer("Don't run", nothing, "n"), Answer(f"Queue {len(found)}", found, "y"))
        is_plain = not any(preflight.warnings for preflight in found) and not self._skipped
        await self.ask(lines, answers, focus=1 if is_plain else 0)


def what_is_queued(
    preflights: Sequence[Preflight], skipped: Sequence[Skipped] = (), doubles: int = 0
) -> list[Content | str]:
    """Lines about each run in the queue's order, with its warnings, then about the skipped ones."""
    shared = (
        [w for w in preflights[0].warnings if all(w in p.warnings for p in preflights)] if preflights else []
    )
    took = [preflight.usual_s for preflight in preflights]
    known = [seconds for seconds in took if seconds is not None]
    sum_of_all = f" Usually {text.duration(sum(known))} in all." if len(known) == len(took) else ""
    lines: list[Content | str] = [
        f"One after another, each as soon as the model is free.{sum_of_all}",
        *(Content.styled(f"! {warning}", WARN) for warning in shared),
    ]
    for number, preflight in enumerate(preflights, 1):
        usual = f"  usually {text.duration(preflight.usual_s)}" if preflight.usual_s is not None else ""
        name = text.middle(preflight.item.name, _NAME)
        lines.append(Content(f"{number:>2}  {name}") + Content.styled(usual, MUTED))
        if preflight.parameters:
            lines.append(f"    with {words(preflight.parameters)}")
        lines += [f"    ↑ {upload}" for upload in preflight.uploads]
        own = (warning for warning in preflight.warnings if warning not in shared)
        lines += [Content.styled(f"    ! {warning}", WARN) for warning in own]
    if doubles:
        lines.append(f"{text.plural(doubles, 'marked line')} more of the same: each runs once.")
    return [*lines, *left_out(skipped)]


def bundle_several(
    runs: Sequence[tuple[str, Path]], missing: int, skipped: Sequence[Skipped]
) -> Question[First]:
    """Ask whether to write a bundle of each run to its path; ``missing`` dumps are not on disk."""
    lines: list[Content | str] = ["One file for each run:"]
    for name, path in runs:
        lines += [f"  {text.middle(name, _NAME)}", Content.styled(f"    {text.home(path)}", MUTED)]
    answers = [Answer("Don't bundle", First.NOTHING, "n")]
    if missing:
        are = "is" if missing == 1 else "are"
        lines.append(Content.styled(f"! {text.plural(missing, 'dump')} {are} not on disk.", WARN))
        answers += [Answer("Fetch first", First.FETCH, "y"), Answer("Bundle without", First.GO_ON)]
    else:
        answers.append(Answer(f"Bundle {len(runs)}", First.GO_ON, "y"))
    title = f"Bundle {text.plural(len(runs), 'run')} for the owner?"
    return Question(title, [*lines, *left_out(skipped)], answers, focus=1)


def left_out(skipped: Sequence[Skipped]) -> list[Content | str]:
    """A line for each marked one that was skipped."""
    return [Content.styled(f"– Skipped {one}", WARN) for one in skipped]
