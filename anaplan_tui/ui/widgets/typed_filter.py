"""The filter's search: finds the lines with the whole phrase, else those with all of its words.

"nightly l" is on the way to "Nightly load" and must not bring up every nightly job that has an l somewhere.
"load nightly" is in no name, but its meaning is clear enough.
"""

from collections.abc import Mapping
from typing import TypeVar

from anaplan_tui.core.finding.folding import folded

K = TypeVar("K")


def found(typed: str, texts: Mapping[K, str]) -> list[K]:
    """Return the keys of the folded texts that ``typed`` finds, in their order; an empty filter finds all."""
    phrase = folded(typed)
    if not phrase:
        return list(texts)
    whole = [key for key, text in texts.items() if phrase in text]
    if whole:
        return whole
    left = list(texts.items())
    for word in phrase.split():
        left = [(key, text) for key, text in left if word in text]
    return [key for key, _text in left]
