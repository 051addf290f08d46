"""Folds names and texts for comparison: case, composed accents, gaps and invisible signs do not count."""

import re
import unicodedata

from anaplan_tui.api.clean import HIDDEN, without_hidden

_PLAIN = re.compile(r"[ -~]*")


def folded(text: str) -> str:
    """Text as it is compared where its spelling is not decisive.

    Case, the width of gaps, how accents are put together, and signs without a picture do not matter. The
    latter are left out, whether they are still there or have become ``�``.
    """
    if _PLAIN.fullmatch(text):
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKC", without_hidden(text).replace(HIDDEN, "")).casefold()
    return " ".join(unicodedata.normalize("NFKC", plain).split())
