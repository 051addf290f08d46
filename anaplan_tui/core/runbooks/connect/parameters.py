"""``-xm`` of the client: mapping parameters, as a step takes them."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from anaplan_tui.core.runbooks.connect.holes import Given, is_hole
from anaplan_tui.core.runbooks.connect.texts import Texts, Untold

_SECRET_WORD = re.compile(r"pass|pwd|secret|token|credential", re.IGNORECASE)


def parameters_of(
    mappings: Sequence[str], kind: str, name: str, texts: Texts, say: Callable[[str], None]
) -> dict[str, Any]:
    """What the mappings give to the item of this ``kind`` and ``name`` that is executed.

    Args:
        mappings: the values of ``-xm``, each ``Dimension:Item`` or ``Import/Dimension:Item``.
        kind: the client's word: ``process``, ``import`` …
        name: as the script spells it.
        texts: resolves what the script leaves to variables.
        say: is told why a mapping is left out.

    Returns:
        Items by dimension; for a process, those of one of its imports as a table under the import's name.
    """
    found: dict[str, Any] = {}
    for value in mappings:
        left, colon, item = value.partition(":")
        of, slash, dimension = left.partition("/")
        if not slash:
            of, dimension = "", left
        if not colon or not dimension or any(map(is_hole, left)):
            say('"-xm": a dimension and its item are expected, and are not known here')
            continue
        if _SECRET_WORD.search(left) or texts.secrets.hide(left):
            say('"-xm": it looks like a secret and is not copied')
            continue
        try:
            text = _item(dimension, item, texts)
        except Untold as why:
            say(f'"-xm": the item: {why}')
            continue
        if not of or (kind == "import" and of.lower() == name.lower()):
            found[dimension] = text
        elif kind == "process":
            table = found.setdefault(of, {})
            if isinstance(table, dict):
                table[dimension] = text
        else:
            say('"-xm": it is meant for an import inside of a process, and no process runs')
    return found


def _item(dimension: str, item: str, texts: Texts) -> str:
    if item in ("", "?"):
        given = Given(f"the item of {dimension}, which the client asks for", dimension)
        return f"{{{texts.name_of(given)}}}"
    return texts.template(item, is_name=False)
