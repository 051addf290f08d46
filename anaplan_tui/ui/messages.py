"""Messages from the app to its screens: a snapshot arrived, the desk opened, contact made, a model chosen."""

from textual.message import Message

from anaplan_tui.core.store import Snapshot


class SnapshotArrived(Message):
    """A run, play, download or upload changed; the app posts it to the open place."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class DeskOpened(Message):
    """The desk is open: it is logged in, or the journal knew which model to show."""


class ContactMade(Message):
    """The login succeeded after the screens had shown what the journal knows."""


class ContextChosen(Message):
    """The operator works in another model now."""
