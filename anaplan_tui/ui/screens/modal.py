"""The base of every dialog: a screen over another that ends once, with its value, while it is on top."""

from pathlib import Path
from typing import TypeVar

from textual.screen import ModalScreen

from anaplan_tui.ui.workarounds import EndsItsWork

R = TypeVar("R")


class Dialog(EndsItsWork[R], ModalScreen[R]):
    """A screen over another. Typed twice, the key that ends it must not close the screen below as well."""

    CSS_PATH = str(Path(__file__).with_name("dialog.tcss"))
