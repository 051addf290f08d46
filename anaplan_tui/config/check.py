"""Checks a configuration without using it: nothing is sent, no program is run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anaplan_tui.config import secret_file
from anaplan_tui.config.errors import ConfigError
from anaplan_tui.config.needed_secret import needed_secret, readable_key
from anaplan_tui.config.settings import Overrides, Profile, Settings, check_files, load
from anaplan_tui.config.sources import problems


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check: ``settings`` is set if there is no problem."""

    settings: Settings | None
    problems: tuple[ConfigError, ...] = ()
    """Why the profile in use cannot be used."""
    warnings: tuple[str, ...] = ()
    """What is wrong with other profiles, or is unwise."""


def check(config: Path | None, overrides: Overrides) -> Checked:
    """Check everything that the configuration says, and the files that it names.

    If a file of a profile that is not in use is missing, that is only a warning.
    """
    if found := _distinct(problems(config)):
        return Checked(None, found)
    try:
        settings = load(config, overrides=overrides)
    except ConfigError as error:
        return Checked(None, (error,))
    in_use = settings.profile()
    found = tuple(_problems_of_files(settings, in_use))
    warnings: list[str] = []
    for profile in settings.profiles.values():
        if profile is not in_use:
            warnings += (str(problem).replace("\n", " ") for problem in _problems_of_files(settings, profile))
        if exposed := readable_key(profile.auth):
            warnings.append(". ".join(exposed))
    return Checked(None if found else settings, found, tuple(dict.fromkeys(warnings)))


def _distinct(found: list[ConfigError]) -> tuple[ConfigError, ...]:
    return tuple({str(problem): problem for problem in found}.values())


def _problems_of_files(settings: Settings, profile: Profile) -> Iterator[ConfigError]:
    try:
        check_files(settings, profile)
    except ConfigError as error:
        yield error
        return
    secret = needed_secret(profile.auth)
    if secret is None or getattr(profile.auth, f"{secret.value}_command") is not None:
        return
    file: Path | None = getattr(profile.auth, f"{secret.value}_file")
    if file is None:
        return
    try:
        secret_file.refuse_exposed(file)
    except secret_file.SecretFileFailed as error:
        key = f"profiles.{profile.name}.auth.{secret.value}_file"
        where = settings.file or "environment"
        yield ConfigError(where, key, f"cannot be used: {error.problem}", error.advice)
