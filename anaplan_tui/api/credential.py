"""The secret of a login: fetched when needed, kept while it works, never sent again unasked after a refusal.

A password that is sent again and again locks an account. After a refusal the secret is fetched anew. If it is
still the same, it is sent again only after the operator was told so and asked once more. A memory, if there
is one, knows the refusals of earlier processes.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from pydantic import SecretStr

Secret = SecretStr | Callable[[], SecretStr]
"""A secret, or a function that fetches it when needed (called in a thread: it may run a command)."""


class SameAgain(Exception):
    """The secret is the one that was refused, and nobody insisted on it.

    ``when`` and ``advice`` are a memory's words; both are empty if it was refused in this process.
    """

    def __init__(self, when: str = "", advice: str = "") -> None:
        self.when, self.advice = when, advice
        super().__init__(when, advice)


class Memory(Protocol):
    """Remembers a refusal beyond the end of the process. Its methods block."""

    advice: str
    """What to do to have a refused secret sent again."""

    def refused_at(self, secret: SecretStr) -> str | None:
        """When this secret was refused, in words; ``None`` if nothing speaks against sending it."""

    def note(self, secret: SecretStr) -> None:
        """Remember that this secret was refused just now."""

    def forget(self) -> None:
        """Forget the refusal: a secret was accepted."""


class Credential:
    """The secret of one login."""

    def __init__(self, secret: Secret, memory: Memory | None = None) -> None:
        self._secret = secret
        self._memory = memory
        self._to_note: SecretStr | None = None
        self._to_forget = memory is not None
        self._kept: SecretStr | None = None
        self._refused: SecretStr | None = None
        self._told = False
        self._insists = False

    async def reveal(self) -> str:
        """The secret's text. Raises :class:`SameAgain`, and whatever fetching it raises."""
        if self._kept is None:
            self._kept = await self._fetch()
        if self._kept == self._refused and not self._insists:
            self._kept, self._told = None, True
            raise SameAgain
        if self._memory is not None and not self._insists:
            when = await asyncio.to_thread(self._memory.refused_at, self._kept)
            if when is not None:
                self._refused, self._kept, self._told = self._kept, None, True
                raise SameAgain(when, self._memory.advice)
        return self._kept.get_secret_value()

    def keep_in_mind(self) -> None:
        """Mark the last revealed secret as one that no later process may send; :meth:`refused` follows."""
        self._to_note = self._kept

    def refused(self) -> None:
        """Drop the last revealed secret: it does not work, or no longer. It is fetched anew."""
        self._refused, self._kept = self._kept or self._refused, None
        self._told = self._insists = False

    def accepted(self) -> None:
        """Note that the last revealed secret works."""
        self._refused = None
        self._told = self._insists = False

    async def remember(self) -> None:
        """Tell the memory how the login went, for later processes."""
        if self._memory is None:
            return
        if self._to_note is not None:
            noted, self._to_note, self._to_forget = self._to_note, None, True
            await asyncio.to_thread(self._memory.note, noted)
        elif self._to_forget and self._refused is None and self._kept is not None:
            self._to_forget = False
            await asyncio.to_thread(self._memory.forget)

    def forget(self) -> None:
        """Fetch the secret anew the next time; it was not sent, so it may well be the same."""
        self._kept = None

    def try_again(self) -> None:
        """Allow another try, with the same secret if the operator was told that it is the same."""
        self._insists = self._told

    async def _fetch(self) -> SecretStr:
        if isinstance(self._secret, SecretStr):
            return self._secret
        return await asyncio.to_thread(self._secret)
