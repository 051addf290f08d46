"""Compare a file with what the import expects: columns, separator and encoding, in full sentences."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from anaplan_tui.api.clean import clean
from anaplan_tui.api.schemas import FileInfo, ImportDetail
from anaplan_tui.core.encodings import ANY_BYTES, is_wide
from anaplan_tui.core.finding.folding import folded
from anaplan_tui.core.source_form import SourceForm
from anaplan_tui.core.text import middle, plural
from anaplan_tui.core.uploads.encodings import agree, words
from anaplan_tui.core.uploads.source import SourceFile

_SHOWN = 5
_NAME_WIDTH = 60
_SEPARATOR_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
_SPELLED = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class Differs(StrEnum):
    """The kinds of difference between a file and what is expected."""

    MISSING = "missing"
    EXTRA = "extra"
    ORDER = "order"
    SPELLING = "spelling"
    """Names that differ only in case, blanks or the composition of accents."""
    SEPARATOR = "separator"
    ENCODING = "encoding"
    """Characters outside ASCII would be misread."""
    UNREADABLE = "unreadable"
    """Every character would be misread."""


_GRAVE = frozenset((Differs.MISSING, Differs.SEPARATOR, Differs.UNREADABLE))


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: a plain sentence, and the columns it is about, so that they can be marked."""

    kind: Differs
    sentence: str
    columns: tuple[str, ...] = ()
    """Spelled as in the file; missing ones as in the import."""

    @property
    def grave(self) -> bool:
        """Whether the import cannot load such a file, or would load it wrongly."""
        return self.kind in _GRAVE


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """A column of the file and the one that the import expects; ``None`` if a side has none."""

    ours: str | None
    theirs: str | None
    differs: Differs | None = None


def expectation(detail: ImportDetail | None, file: FileInfo | None = None) -> SourceForm:
    """Combine the import's metadata with the file's own, which fills the gaps.

    Both are described in service.md §3.1; either may be ``None``.
    """
    header = detail.header_names if detail else ()
    separator = detail.column_separator if detail else None
    encoding = detail.text_encoding if detail else None
    header_row = detail.header_row if detail else None
    quote = detail.text_delimiter if detail else None
    first_data_row = detail.first_data_row if detail else None
    if file is not None:
        separator = separator or file.separator
        encoding = encoding or file.encoding
        header_row = file.header_row if header_row is None else header_row
        quote = quote or file.delimiter
        first_data_row = first_data_row or file.first_data_row
    below = (1 if header_row is None else header_row) + 1
    return SourceForm(
        tuple(name.strip() for name in header),
        None if separator is None else _SPELLED.get(separator.lower(), separator),
        encoding or None,
        header_row,
        quote or None,
        first_data_row if first_data_row and first_data_row > below else None,
    )


def differences(source: SourceFile, expected: SourceForm) -> tuple[Difference, ...]:
    """The differences of ``source``, gravest first; empty if it fits or there is nothing to compare with."""
    found = _columns(source.header, expected.header) if expected.header_row != 0 else []
    if expected.separator and source.separator != expected.separator and _is_comparable(source, expected):
        theirs = separator_words(expected.separator)
        sentence = (
            f"The file separates columns with {separator_words(source.separator)}, the import with {theirs}."
        )
        if source.separator is None:
            sentence = f"The header line has no separator; the import expects {theirs}."
        found.insert(0, Difference(Differs.SEPARATOR, sentence))
    if expected.encoding and not agree(source.encoding, expected.encoding):
        is_unreadable = is_wide(source.encoding) or is_wide(expected.encoding)
        harm = "nothing of it" if is_unreadable else "no character outside ASCII"
        sentence = (
            f"The file is {words(source.encoding)}, the import reads {expected.encoding}: "
            f"{harm} would be read right."
        )
        if is_unreadable:
            found.insert(0, Difference(Differs.UNREADABLE, sentence))
        else:
            found.append(Difference(Differs.ENCODING, sentence))
    if not expected.encoding and source.encoding in ANY_BYTES:
        sentence = f"The text is not UTF-8; it is taken for {words(source.encoding)}."
        found.append(Difference(Differs.ENCODING, sentence))
    return tuple(found)


def beside(ours: Sequence[str], theirs: Sequence[str]) -> tuple[ColumnPair, ...]:
    """Pair a file's columns with the expected ones: in the file's order, then the missing ones."""
    if not theirs:
        return tuple(ColumnPair(name, None) for name in ours)
    extra, missing = dict(enumerate(ours)), dict(enumerate(theirs))
    same = _match(extra, missing, str)
    spelled = _match(extra, missing, folded)
    partner = dict(same + spelled)
    differs = dict.fromkeys(_moved(same + spelled), Differs.ORDER)
    differs |= dict.fromkeys((place for place, _ in spelled), Differs.SPELLING)
    differs |= dict.fromkeys(extra, Differs.EXTRA)
    found = [
        ColumnPair(name, theirs[partner[place]] if place in partner else None, differs.get(place))
        for place, name in enumerate(ours)
    ]
    return (*found, *(ColumnPair(None, name, Differs.MISSING) for name in missing.values()))


def separator_words(separator: str | None) -> str:
    """The name of a separator in the plural: ``semicolons``."""
    if separator is None:
        return "nothing"
    return _SEPARATOR_WORDS.get(separator, f'"{clean(separator)}"')


def _is_comparable(source: SourceFile, expected: SourceForm) -> bool:
    """Whether separators can be compared: a file with a single column needs none."""
    return source.separator is not None or len(expected.header) > 1


def _columns(ours: Sequence[str], theirs: Sequence[str]) -> list[Difference]:
    if not theirs:
        return []
    extra, missing = dict(enumerate(ours)), dict(enumerate(theirs))
    same = _match(extra, missing, str)
    spelled = _match(extra, missing, folded)
    found = []
    if missing:
        names = tuple(missing.values())
        found.append(Difference(Differs.MISSING, f"Missing in the file: {_listed(names)}.", names))
    if spelled:
        said = _listed([f"{ours[a]} for {theirs[b]}" for a, b in spelled])
        names = tuple(ours[a] for a, _ in spelled)
        found.append(Difference(Differs.SPELLING, f"Written differently in the file: {said}.", names))
    if moved := _moved(same + spelled):
        names = tuple(ours[place] for place in moved)
        sentence = f"The columns stand in another order than expected, from {_shown(names[0])} on."
        found.append(Difference(Differs.ORDER, sentence, names))
    if extra:
        names = tuple(extra.values())
        found.append(Difference(Differs.EXTRA, f"Not expected by the import: {_listed(names)}.", names))
    return found


def _match(ours: dict[int, str], theirs: dict[int, str], key: Callable[[str], str]) -> list[tuple[int, int]]:
    """Pair names with equal ``key``, in order; remove them from both and return the pairs of positions."""
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for place, name in ours.items():
        places[key(name)].append(place)
    pairs = []
    for their_place, name in tuple(theirs.items()):
        if places[key(name)]:
            place = places[key(name)].popleft()
            pairs.append((place, their_place))
            del ours[place], theirs[their_place]
    return pairs


def _moved(pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The positions in the file where the order of the common columns differs from the expected one."""
    as_expected = [place for place, _ in sorted(pairs, key=lambda pair: pair[1])]
    return [place for place, wanted in zip(sorted(as_expected), as_expected, strict=True) if place != wanted]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_shown(name) for name in names[:_SHOWN])
    more = len(names) - _SHOWN
    return f"{shown} and {plural(more, 'more column')}" if more > 0 else shown


def _shown(name: str) -> str:
    return middle(name, _NAME_WIDTH) or "(a column without a name)"
