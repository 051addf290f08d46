"""Fold names and texts for comparison: ignore case, accent composition, spacing and invisible characters."""

import re
import unicodedata

from anaplan_tui.api.clean import HIDDEN, without_hidden

_PLAIN = re.compile(r"[ -~]*")


def folded(text: str) -> str:
    """Return ``text`` in the form used for tolerant comparison.

    Case, the width of gaps, the composition of accents and invisible characters do not matter. The latter are
    left out, whether they are still there or have become ``�``.
    """
    if _PLAIN.fullmatch(text):
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKC", without_hidden(text).replace(HIDDEN, "")).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())
