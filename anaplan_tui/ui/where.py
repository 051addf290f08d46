"""The header's content for a desk: profile, model, place, user, and what the model is busy with."""

from typing import TYPE_CHECKING

from anaplan_tui.core import text
from anaplan_tui.ui.widgets.context_line import Where

if TYPE_CHECKING:
    from anaplan_tui.core.catalog import ModelState
    from anaplan_tui.core.desk import Desk


def where_of(
    desk: "Desk", place: str, notes: tuple[str, ...], heard: "ModelState | None", *, demo: bool
) -> Where:
    """Return the header of a place; ``heard`` is the model's state as last heard from the service."""
    context = desk.context
    state, busy = model_word(desk, heard)
    return Where(
        profile=desk.profile.name,
        workspace=context.workspace.name if context else "",
        model=context.model.name if context else "",
        place=place,
        note=" · ".join(filter(None, notes)),
        model_state=state,
        busy=busy,
        user=desk.user,
        mode=context.model.state if context else "",
        read_only=desk.profile.read_only,
        demo=demo,
        label=desk.profile.banner,
        colour=desk.profile.colour or "",
    )


def model_word(desk: "Desk", heard: "ModelState | None") -> tuple[str, bool]:
    """Return a word for the model's state, and whether it is busy; our own runs come first."""
    if desk.context is None:
        return "", False
    model = desk.context.model.ref
    ours = [run for run in desk.store.runs if run.live and run.target.model == model]
    if ours:
        return f"busy: {text.middle(ours[0].name, 30)}", True
    if heard is None or not heard.known:
        return "", False
    if heard.busy:
        named = desk.history.at_work or heard.what
        return f"busy: {text.middle(named, 40)}", True
    return "closed" if heard.closed else "idle", False
