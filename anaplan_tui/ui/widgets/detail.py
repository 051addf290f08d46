"""Under a list: what has no room in the highlighted line."""

from textual.content import Content
from textual.widgets import Static


class Detail(Static):
    """Up to three lines; nothing is sent when it says the same."""

    DEFAULT_CSS = """
    Detail { height: auto; max-height: 3; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._said = Content()

    def show(self, content: Content | str) -> None:
        said = content if isinstance(content, Content) else Content(content)
        if not said.is_same(self._said):
            self._said = said
            self.update(said)
