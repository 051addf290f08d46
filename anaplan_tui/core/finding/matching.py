"""Match a name or id against a list of items, tolerating differences that nobody sees."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from anaplan_tui.api.clean import clean
from anaplan_tui.core.finding.folding import folded
from anaplan_tui.trouble import Exit, Trouble


class Named(Protocol):
    """Anything with a name and an id."""

    @property
    def id(self) -> str:
        """Its id, which may be given in place of the name."""

    @property
    def name(self) -> str:
        """Its name."""


T = TypeVar("T", bound=Named)


class NoMatch(Trouble):
    """No item, or more than one, matches the given name.

    ``candidates`` holds the names and ids that could be meant, at most twelve.
    """

    exit_code = Exit.NOT_FOUND

    def __init__(self, what: str, wanted: str, candidates: Sequence[Named], *, ambiguous: bool) -> None:
        self.what = what
        self.wanted = wanted
        self.candidates = tuple((c.name, c.id) for c in candidates[:12])
        self.ambiguous = ambiguous
        self.more = max(0, len(candidates) - 12)
        super().__init__(what, wanted)

    @property
    def code(self) -> Exit:
        """The exit code of a command that ends with this error."""
        return Exit.USAGE if self.ambiguous else Exit.NOT_FOUND

    def __str__(self) -> str:
        listed = ", ".join(f"{name} ({id_})" for name, id_ in self.candidates)
        if self.more:
            listed += f" and {self.more} more"
        if self.ambiguous:
            head = f'"{self.wanted}" could be more than one {self.what}'
            return f"{head}: {listed}. Give the whole name or the id."
        head = f'There is no {self.what} "{self.wanted}".'
        return f"{head} There are: {listed}." if listed else f"{head} There are none here."


def find(what: str, wanted: str, items: Sequence[T]) -> T:
    """Return the item that ``wanted`` names.

    These are tried in turn: the id, or the name as the service spells it; the name as shown; the folded name,
    which ignores case, blanks, joiners and the composition of accents; a unique beginning of the folded name.

    Raises:
        NoMatch: nothing matches, or several items do at the same level.
    """
    plain = folded(wanted)
    names = [folded(_raw_name(i)) for i in items]
    levels = (
        [i for i in items if wanted in (i.id, _raw_name(i))],
        [i for i in items if i.name in (wanted, clean(wanted))],
        [i for i, name in zip(items, names, strict=True) if name == plain] if plain else [],
        [i for i, name in zip(items, names, strict=True) if name.startswith(plain)] if plain else [],
    )
    for found in levels:
        if len(found) == 1:
            return found[0]
        if found:
            raise NoMatch(what, wanted, found, ambiguous=True)
    near = [i for i, name in zip(items, names, strict=True) if plain and plain in name]
    raise NoMatch(what, wanted, near or items, ambiguous=False)


def _raw_name(item: Named) -> str:
    """The name as the service spells it, if the item has that."""
    raw: str = getattr(item, "raw_name", "")
    return raw or item.name
