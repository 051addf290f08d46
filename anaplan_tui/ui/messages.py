"""Messages from the app to every open screen: a snapshot, the desk opened, contact made, a model chosen."""

from textual.message import Message

from anaplan_tui.core.store import Snapshot


class SnapshotArrived(Message):
    """A run or a download changed; the app passes it to every open place."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class DeskOpened(Message):
    """Logged in; the desk can be asked."""


class ContactMade(Message):
    """The login succeeded while what the journal knows was shown already."""


class ContextChosen(Message):
    """The operator works in another model now."""
