"""A secret on its way to the service: fetched when it is needed, kept while it works, and never forced.

A password that is sent again and again locks an account. After a refusal the secret is fetched anew, and one
that is still the same is sent again only after somebody was told so and asked once more.
"""

import asyncio
from collections.abc import Callable

from pydantic import SecretStr

Secret = SecretStr | Callable[[], SecretStr]
"""A secret, or what fetches it when it is needed (called in a thread: it may run a command)."""


class SameAgain(Exception):
    """The secret is the one that was refused, and nobody insisted on it."""


class Credential:
    """The secret of one login."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
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
        return self._kept.get_secret_value()

    def refused(self) -> None:
        """What was revealed last is not taken, or no longer: fetch it anew."""
        self._refused, self._kept = self._kept or self._refused, None
        self._told = self._insists = False

    def accepted(self) -> None:
        """What was revealed last is good."""
        self._refused = None
        self._told = self._insists = False

    def forget(self) -> None:
        """Fetch it anew the next time; it was sent to nobody, so it may well be the same."""
        self._kept = None

    def try_again(self) -> None:
        """Somebody asks for another try; who was told that it would be with the same secret insists on it."""
        self._insists = self._told

    async def _fetch(self) -> SecretStr:
        if isinstance(self._secret, SecretStr):
            return self._secret
        return await asyncio.to_thread(self._secret)
