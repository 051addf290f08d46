"""Which encoding a text is in, by its first bytes, and whether two names mean the same one."""

import codecs
import re
import unicodedata

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
ANY_BYTES = ("latin-1", "cp1252")
"""What is guessed when nothing else fits: any text in one byte or several could be it."""
_NAME_FORMS = (
    (re.compile(r"cp(125\d)"), r"Windows-\1"),
    (re.compile(r"iso8859-(\d+)"), r"ISO-8859-\1"),
)


def guess(head: bytes, *, whole: bool, expected: str | None = None) -> str | None:
    """The encoding of a text that begins with ``head``, a codec of Python; ``None`` when that is not text.

    Args:
        whole: ``head`` is all there is, so that its last character cannot be cut.
        expected: the encoding that the import reads, a name by the service. It decides where the bytes
            alone do not; a byte order mark, or UTF-8 beyond ASCII, speaks for itself.
    """
    found = _by_bytes(head, whole=whole)
    codec = _codec(expected) if expected else None
    if codec is None or not _is_open(found, head) or (found in ANY_BYTES and agree(found, codec)):
        return found
    if found is None and not is_wide(codec):
        # Most encodings of one byte decode anything.
        return None
    marked = codec in ("utf-16", "utf-32")
    likely = (f"{codec}-le", f"{codec}-be") if marked else (codec,)
    return next((one for one in likely if _reads(head, one, whole=whole)), found)


def _is_open(found: str | None, head: bytes) -> bool:
    """Whether the bytes leave it open what the text is in; ISO-2022 writes all in ASCII, by escapes."""
    return found is None or found in ANY_BYTES or (found == "ascii" and b"\x1b" in head)


def _by_bytes(head: bytes, *, whole: bool) -> str | None:
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
    if encoding in _WORDS:
        return _WORDS[encoding]
    for form, name in _NAME_FORMS:
        if found := form.fullmatch(encoding):
            return found.expand(name)
    return encoding


def agree(found: str, expected: str) -> bool:
    """Whether a text in ``found`` reads right as ``expected``, a name by the service.

    A name that nobody knows is taken for right: it is not ours to judge.
    """
    codec = _codec(expected)
    if codec is None:
        return True
    family = _family(codec)
    ours = _family(codecs.lookup(found).name)
    if ours == "ascii":
        return not is_wide(expected)
    # Windows-1252 only adds to ISO-8859-1 what a guessed ``latin-1`` was seen not to use.
    return ours == family or (ours, family) == ("iso8859-1", "cp1252")


def is_wide(encoding: str) -> bool:
    """Whether even plain letters take more than a byte each; False for a name that nobody knows."""
    return (_codec(encoding) or "").startswith(("utf-16", "utf-32"))


def _codec(name: str) -> str | None:
    """The codec's own name; ``None`` when there is no such encoding of text."""
    try:
        # Looked up alone, what turns bytes into bytes would be found, too.
        "a".encode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def _family(name: str) -> str:
    return name.removesuffix("-sig").removesuffix("-le").removesuffix("-be")


def _decodes(head: bytes, name: str, *, whole: bool) -> bool:
    return _decoded(head, name, whole=whole) is not None


def _decoded(head: bytes, name: str, *, whole: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)().decode(head, final=whole)
    except (LookupError, UnicodeError):  # there are codecs that cannot decode piece by piece
        return None


def _reads(head: bytes, name: str, *, whole: bool) -> bool:
    """Whether ``head`` makes sense in the encoding: few decoders refuse what is not theirs."""
    text = _decoded(head, name, whole=whole)
    if text is None or any("\x80" <= sign < "\xa0" for sign in text):
        return False
    if is_wide(name) and "\n" not in text and "\r" not in text:
        return False
    odd = sum(unicodedata.category(sign) in ("Cc", "Cn") and sign not in "\t\n\r\f\x1b" for sign in text)
    return odd <= len(text) * _MOST_CONTROLS


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
