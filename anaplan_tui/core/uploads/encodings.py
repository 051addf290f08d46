"""Display names of encodings, and whether two names mean the same encoding."""

import codecs
import re

from anaplan_tui.core.encodings import codec_of, is_wide

_WORDS = {
    "ascii": "plain ASCII",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte order mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "utf-32": "UTF-32",
    "latin-1": "ISO-8859-1",
    "cp1252": "Windows-1252",
}
_NAME_FORMS = (
    (re.compile(r"cp(125\d)"), r"Windows-\1"),
    (re.compile(r"iso8859-(\d+)"), r"ISO-8859-\1"),
)


def words(encoding: str) -> str:
    """The display name of an encoding."""
    if encoding in _WORDS:
        return _WORDS[encoding]
    for form, name in _NAME_FORMS:
        if found := form.fullmatch(encoding):
            return found.expand(name)
    return encoding


def agree(found: str, expected: str) -> bool:
    """Whether text in the codec ``found`` reads correctly as ``expected``, an encoding name from the service.

    An unknown name counts as correct: it is not ours to judge.
    """
    codec = codec_of(expected)
    if codec is None:
        return True
    family = _family(codec)
    ours = _family(codecs.lookup(found).name)
    if ours == "ascii":
        return not is_wide(expected)
    # Windows-1252 differs from ISO-8859-1 only in characters that a guessed ``latin-1`` does not use.
    return ours == family or (ours, family) == ("iso8859-1", "cp1252")


def _family(name: str) -> str:
    return name.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
