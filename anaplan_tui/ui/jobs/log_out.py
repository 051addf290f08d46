"""Logging out from the app: asks first, logs out as the command does, then leaves the app."""

from functools import partial
from typing import TYPE_CHECKING

from textual.worker import Worker

from anaplan_tui.config.paths import state_dir
from anaplan_tui.core.sign_in.logout import OUTLIVES, log_out, words_for
from anaplan_tui.trouble import Trouble
from anaplan_tui.ui.screens.dialog import Answer, Question

if TYPE_CHECKING:
    from anaplan_tui.config.settings import Profile
    from anaplan_tui.ui.shell import Shell


def ask(app: "Shell", profile: "Profile") -> None:
    """Ask whether to log out, and do it; tasks in Anaplan continue whatever the answer is."""
    lines = [
        "Its token is ended at the service, and the files of the sign-in here are removed."
        if profile.auth.method == "oauth-device"
        else "The token is ended at the service, for whoever uses it.",
        "The app closes. What runs in Anaplan goes on, unwatched.",
    ]
    answers = (Answer("Stay", False, "n"), Answer("Log out", True, "y"))

    def answered(sure: bool | None) -> None:
        if sure:
            _worker: Worker[None] = app.run_worker(
                partial(_leave, app, profile), group="log out", exclusive=True
            )

    app.push_screen(Question(f"Log out of profile '{profile.name}'?", lines, answers), answered)


async def _leave(app: "Shell", profile: "Profile") -> None:
    app.say("Logging out …")
    try:
        done = await log_out(profile, state_dir().root, app.say)
    except (Trouble, OSError) as error:
        app.say(f"Not logged out: {error}", "error")
        return
    if done.problem is not None:
        app.say(f"The files are removed; the service was not told: {done.problem}", "error")
        return
    app.exit(message="\n".join([words_for(profile, done), *([f"! {OUTLIVES}"] if done.outlives else [])]))
