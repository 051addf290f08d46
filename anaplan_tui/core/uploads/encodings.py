"""Which encoding a text is in, by its first bytes, and whether two names mean the same one."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins like it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
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
_CONTROLS = frozenset(range(0x20)) - set(b"\t\n\r\f\x1b") | {0x7F}
_UNUSED_IN_1252 = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_MOST_CONTROLS = 0.02
"""A text has none, but one stray control character in an export does not make it binary."""


def guess(head: bytes, *, whole: bool) -> str | None:
    """The encoding of a text that begins with ``head``; ``None`` when that is not text.

    Args:
        whole: ``head`` is all there is, so that its last character cannot be cut.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name if _decodes(head, name, whole=whole) else None
    if b"\0" in head:
        return _wide(head, whole=whole)
    if sum(head.count(byte) for byte in _CONTROLS) > len(head) * _MOST_CONTROLS:
        return None
    if head.isascii():
        return "ascii"
    if _decodes(head, "utf-8", whole=whole):
        return "utf-8"
    upper = {byte for byte in head if 0x80 <= byte < 0xA0}
    return "cp1252" if upper and not upper & _UNUSED_IN_1252 else "latin-1"


def words(encoding: str) -> str:
    """An encoding's name for people."""
    return _WORDS.get(encoding, encoding)


def agree(found: str, expected: str) -> bool:
    """Whether a text in ``found`` reads right as ``expected``, a name by the service.

    A name that nobody knows is taken for right: it is not ours to judge.
    """
    try:
        family = _family(codecs.lookup(expected).name)
    except LookupError:
        return True
    ours = _family(codecs.lookup(found).name)
    if ours == "ascii":
        return not is_wide(expected)
    # Windows-1252 only adds to ISO-8859-1 what a guessed ``latin-1`` was seen not to use.
    return ours == family or (ours, family) == ("iso8859-1", "cp1252")


def is_wide(encoding: str) -> bool:
    """Whether even plain letters take more than a byte each; False for a name that nobody knows."""
    try:
        return codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    except LookupError:
        return False


def _family(name: str) -> str:
    return name.removesuffix("-sig").removesuffix("-le").removesuffix("-be")


def _decodes(head: bytes, name: str, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(name)().decode(head, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _wide(head: bytes, *, whole: bool) -> str | None:
    """UTF-16 without a mark: in Western text every other byte is zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    quarter = len(head) // 4
    if even and odd:
        return None
    if odd > quarter and _decodes(head, "utf-16-le", whole=whole):
        return "utf-16-le"
    if even > quarter and _decodes(head, "utf-16-be", whole=whole):
        return "utf-16-be"
    return None
