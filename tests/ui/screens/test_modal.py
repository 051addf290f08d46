"""Rules for every dialog, whatever it asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anaplan_tui.ui.screens.catalog import CatalogScreen
from anaplan_tui.ui.screens.copying import CopyDialog
from anaplan_tui.ui.screens.dialog import Answer, Question
from anaplan_tui.ui.screens.help import HelpScreen
from anaplan_tui.ui.screens.modal import Dialog
from anaplan_tui.ui.screens.play_values import ValuesDialog
from anaplan_tui.ui.screens.process import ProcessScreen
from anaplan_tui.ui.screens.qr import QrScreen
from anaplan_tui.ui.screens.run.candidates import CandidatesDialog
from anaplan_tui.ui.screens.run.parameters import ParametersDialog
from anaplan_tui.ui.screens.save_as import PathDialog
from tests.support.apps import Open, until
from tests.support.values import LIVE, NOW

DIALOGS: dict[str, Callable[[], Dialog[Any]]] = {
    "candidates": lambda: CandidatesDialog(LIVE, (), NOW),
    "copy": lambda: CopyDialog([("id", "118000000042")]),
    "help": lambda: HelpScreen("catalog", (), lambda _: ""),
    "parameters": lambda: ParametersDialog("Nightly load", ()),
    "path": lambda: PathDialog("Save as", Path("/"), "run.zip", why_not=lambda _: ""),
    "qr": lambda: QrScreen("https://example.com"),
    "question": lambda: Question("Run it?", (), [Answer("No", False, "n")]),
    "values": lambda: ValuesDialog("Nightly", {"month": ("step 1",)}, {}),
}


@pytest.mark.parametrize("make", DIALOGS.values(), ids=DIALOGS.keys())
async def test_a_key_that_ends_it_twice_leaves_the_screen_below(
    open_app: Open, make: Callable[[], Dialog[Any]]
) -> None:
    async with open_app() as opened:
        await opened.open_process("nightly load")
        dialog = make()
        await opened.app.push_screen(dialog)
        await until(opened.pilot, lambda: opened.app.screen is dialog, "the dialog")
        first, second = dialog.dismiss(None), dialog.dismiss(None)
        await first
        await second
        assert isinstance(opened.app.screen, ProcessScreen)
        assert isinstance(opened.app.screen_stack[0], CatalogScreen)
