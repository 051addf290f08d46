"""The settings: profiles, polling, downloads, journal, notices.

``load`` reads command line, environment and file into one frozen :class:`Settings`. Secrets are not part of
it; ``core.sign_in.secrets`` finds one when a login needs it.

``pydantic_settings`` is imported inside ``load`` only (``config.sources``): it costs 30 ms on top of
Textual and pydantic, 150 ms without them, which ``--help`` and the simulator are spared.
"""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from anaplan_tui.api.proxies import is_loopback
from anaplan_tui.config.errors import ConfigError, NoConfig, incomplete, suggestion
from anaplan_tui.config.types import (
    REGIONS,
    BaseUrl,
    Command,
    Label,
    Line,
    Lines,
    Locale,
    ProfileName,
    ProxyUrl,
    Region,
    UserAgent,
    UserName,
    UserPath,
)

__all__ = [
    "REGIONS",
    "Auth",
    "ConfigError",
    "Downloads",
    "Guard",
    "History",
    "JournalLimits",
    "NoConfig",
    "Overrides",
    "Polling",
    "Profile",
    "Runbooks",
    "Settings",
    "check_files",
    "demo_settings",
    "load",
]

REAL_HOST_INTERVAL_S = 5.0
"""Polls of a real tenant are never closer than this: its 600 requests a minute are for everybody."""


REAL_HOST_EVERY_S = 60.0
"""Task lists of a real tenant are never read again sooner than this."""

LogLevel = Literal["debug", "info", "warning", "error"]


class _Table(BaseModel):
    # hide_input: a password typed into the wrong key must not come back in a message.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)


class Auth(_Table):
    """How a profile logs in; no secret belongs in here."""

    method: Literal["basic", "certificate", "oauth-device", "token"] = "basic"
    """``basic``: user and password; ``certificate``: CA certificate; ``oauth-device``: a code typed into a
    browser anywhere; ``token``: a token made elsewhere."""
    username: UserName | None = None
    """The account of ``basic``."""
    password_command: Command | None = None
    """Program and arguments whose first line of output is the password; run without a shell."""
    password_file: UserPath | None = None
    """File whose first line is the password if there is no ``password_command``; nobody else may read or
    change it."""
    certificate: UserPath | None = None
    """PEM file; not needed when ``private_key`` is a .p12 or .pfx, which carries it."""
    private_key: UserPath | None = None
    """PEM, .p12 or .pfx file."""
    private_key_password_command: Command | None = None
    """As ``password_command``, for an encrypted private key."""
    private_key_password_file: UserPath | None = None
    """As ``password_file``, for an encrypted private key."""
    nonce: Literal["v2", "v1"] = "v2"
    """What a certificate login signs: v2 begins with a timestamp (service.md §2.2)."""
    client_id: Line | None = None
    """The OAuth client of ``oauth-device``."""
    token_command: Command | None = None
    """As ``password_command``, for the method ``token``."""
    token_file: UserPath | None = None
    """As ``password_file``, for the method ``token``."""

    _password: SecretStr | None = PrivateAttr(default=None)

    @property
    def built_in_password(self) -> str | None:
        """The password of the embedded demo tenant; ``None`` for every configured profile."""
        return None if self._password is None else self._password.get_secret_value()

    @property
    def key_is_bundle(self) -> bool:
        """Whether ``private_key`` is a PKCS#12 file, which includes the certificate."""
        return self.private_key is not None and self.private_key.suffix.lower() in (".p12", ".pfx")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.method == "basic" and self.username is None:
            raise incomplete("username", "is missing", 'It is required by method = "basic".')
        if self.method == "certificate" and self.private_key is None:
            raise incomplete("private_key", "is missing", 'It is required by method = "certificate".')
        if self.method == "certificate" and self.certificate is None and not self.key_is_bundle:
            allowed = "Give a PEM certificate, or a .p12 or .pfx file as private_key."
            raise incomplete("certificate", "is missing", allowed)
        if self.method == "oauth-device" and self.client_id is None:
            raise incomplete("client_id", "is missing", 'It is required by method = "oauth-device".')
        return self


class Profile(_Table):
    """One tenant and account, and where in it to start."""

    region: Region | None = None
    """Fills in the hosts that are not given; ``us1`` when there is neither region nor host."""
    api_url: BaseUrl
    """Base of the Integration API, without the ``/2/0``."""
    auth_url: BaseUrl
    """Base of the token service."""
    oauth_url: BaseUrl
    """Base of the OAuth endpoints."""
    workspace: Line | None = None
    """Name or id; ``None``: chosen in the app."""
    model: Line | None = None
    """Name or id; ``None``: chosen in the app."""
    read_only: bool = False
    """No run, cancel or upload from this profile."""
    label: Label | None = None
    """A word, such as PROD, shown in the header and above each question that changes something."""
    colour: Literal["red", "yellow", "green", "blue", "magenta", "cyan"] | None = None
    """The colour behind the label, or behind the profile's name where there is none."""
    wake: bool = True
    """Open a model that is closed before something runs in it; ``False``: the run is refused instead."""
    ca_bundle: UserPath | None = None
    """PEM file of trusted CAs; ``None``: the operating system's trust store."""
    proxy: ProxyUrl | None = Field(default=None, repr=False)
    """``None``: the proxy environment variables. May hold a password: never show it."""
    user_agent: UserAgent | None = None
    """The ``User-Agent`` of requests; ``None``: program and version. Some firewalls refuse unknown ones."""
    locale: Locale = "en_US"
    """The ``localeName`` that a start sends."""
    auth: Auth

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The profile's name in the configuration."""
        return self._name

    @property
    def banner(self) -> str:
        """The word that warns before a change; empty for none."""
        return self.label or (self.name if self.colour else "")

    @property
    def loopback(self) -> bool:
        """Whether the API of this profile is on this very machine."""
        return is_loopback(self.api_url)

    @model_validator(mode="before")
    @classmethod
    def _fill_hosts(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        names = ("api_url", "auth_url", "oauth_url")
        given = {name for name in names if name in data}
        region = data.get("region") or (None if given else "us1")
        if isinstance(region, str) and region in REGIONS:
            return {name: getattr(REGIONS[region], name) for name in names} | data
        api = data.get("api_url")
        if isinstance(api, str) and is_loopback(api):
            # A simulator serves all three; a real tenant never does.
            return dict.fromkeys(names, api) | data
        return data


class Polling(_Table):
    """How often a running task is polled."""

    interval: float = Field(default=REAL_HOST_INTERVAL_S, ge=0.01, le=3600, allow_inf_nan=False)
    """Seconds between polls at first; under 5 only while the profile in use is a loopback host."""
    max_interval: float = Field(default=30.0, ge=0.01, le=3600, allow_inf_nan=False)
    """Seconds between polls of a long run; at least ``interval``."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if "max_interval" in self.model_fields_set and self.max_interval < self.interval:
            allowed = f"Allowed: at least polling.interval, which is {self.interval:g}."
            raise incomplete("max_interval", "is out of range", allowed)
        return self

    @property
    def longest(self) -> float:
        """The longest time between polls, in seconds: ``max_interval``, or a longer ``interval``."""
        return max(self.interval, self.max_interval)


class Downloads(_Table):
    """Where dumps go and how they are fetched."""

    directory: UserPath = Path("~/anaplan-dumps")
    """``~`` is the home directory; made when the first file comes."""
    window: int = Field(default=4, ge=1, le=8)
    """Chunks of one dump in flight."""
    connections: int = Field(default=8, ge=1, le=16)
    """Chunks in flight in all downloads together."""
    auto_capture: bool = True
    """Fetch the dumps of a run as soon as it ends."""


class Runbooks(_Table):
    """Where the app looks for runbooks."""

    directory: UserPath = Path("~/runbooks")
    """The folder whose ``*.toml`` files the app lists on its screen 5; ``~`` is the home directory."""


class History(_Table):
    """How runs that others started are found: every process's task list is read in the background."""

    window: int = Field(default=24, ge=1, le=720)
    """Hours to look back: runs that began in that time are read and judged."""
    requests_per_minute: int = Field(default=60, ge=1, le=300)
    """Requests at most, after the first hundred; the tenant's 600 a minute are for everybody."""
    every: float = Field(default=REAL_HOST_EVERY_S, ge=0.05, le=86_400, allow_inf_nan=False)
    """Seconds until a list is read again; under 60 only while the profile in use is a loopback host."""


class Guard(_Table):
    """What the command ``guard`` keeps."""

    models: Lines = ()
    """Names or ids, or ``workspace/model``; without any, the profile's model."""
    only: Lines = ()
    """Processes by name, patterns as in a shell; without any, every process."""
    every: float = Field(default=REAL_HOST_EVERY_S, ge=0.05, le=86_400, allow_inf_nan=False)
    """Seconds between polls; under 60 only while the profile in use is a loopback host."""
    capture: bool = True
    """Fetch the dumps of runs with rejected rows at once."""


class JournalLimits(_Table):
    """How much the journal keeps; runs that may not have ended are always kept."""

    keep_days: int = Field(default=90, ge=1, le=3650)
    """Days after which an ended run is dropped."""
    max_mb: int = Field(default=64, ge=1, le=10_000)
    """Megabytes; above, the oldest ended runs are dropped first."""


class Settings(_Table):
    """Everything configured; never changed after ``load``."""

    default_profile: Line | None = None
    """The profile that is used when none is named; may be left out when there is only one."""
    profiles: dict[ProfileName, Profile] = Field(default_factory=dict)
    polling: Polling = Polling()
    downloads: Downloads = Field(default_factory=Downloads)
    runbooks: Runbooks = Field(default_factory=Runbooks)
    history: History = History()
    guard: Guard = Guard()
    journal: JournalLimits = JournalLimits()
    keys: dict[Line, Line] = Field(default_factory=dict)
    """By a command's name, as docs/keys.md lists it, its keys in place of the usual ones."""
    notify_command: Command | None = None
    """Program and arguments, given the run's JSON on stdin when a watched run ends; no shell."""
    bell: bool = True
    """Ring the terminal bell when a watched run ends."""
    osc: Literal["9", "777", "none"] = "none"
    """The desktop notice that the terminal understands."""
    log_level: LogLevel = "info"
    """How much goes into the log file."""
    ascii: bool = False
    """Show nothing but ASCII, even if the terminal could show more."""

    theme: Literal["dark", "light", "ansi", "high-contrast"] = "dark"
    """The app's colours; `ansi`: the terminal's own. `TEXTUAL_THEME` may say it, too; `NO_COLOR` wins."""

    mouse: bool = False
    """Take clicks and the wheel; the terminal's own selection then needs Shift."""

    terminal_title: bool = False
    """Show in the terminal's title what is running and how far it is."""
    terminal_progress: bool = False
    """Tell the terminal how far the runs are, for its tab or taskbar (OSC 9;4)."""

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that was read; ``None`` when there was none."""
        return self._file

    def profile(self, name: str | None = None) -> Profile:
        """The profile called ``name``, or the default one; :class:`ConfigError` lists the candidates."""
        wanted = name or self.default_profile
        if wanted is None and len(self.profiles) == 1:
            wanted = next(iter(self.profiles))
        if wanted is not None and wanted in self.profiles:
            return self.profiles[wanted]
        where: Path | str = "--profile" if name else (self.file or "environment")
        names = ", ".join(sorted(self.profiles)) or "none"
        if wanted is None:
            raise ConfigError(where, "default_profile", "is missing", f"Name one of the profiles: {names}.")
        raise ConfigError(
            where,
            "" if name else "default_profile",
            "names no profile",
            suggestion(wanted, sorted(self.profiles)),
        )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, profile in self.profiles.items():
            profile._name = name
        if self.default_profile is not None and self.default_profile not in self.profiles:
            allowed = suggestion(self.default_profile, sorted(self.profiles))
            raise incomplete("default_profile", "names no profile", allowed)
        return self


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line says; ``None`` leaves the configured value."""

    profile: str | None = None
    workspace: str | None = None
    model: str | None = None
    log_level: str | None = None
    read_only: bool = False
    """Refuse every change, even if the profile allows it."""


def load(
    config: Path | None,
    *,
    overrides: Overrides = Overrides(),
) -> Settings:
    """Read the configuration: command line over environment over file over defaults.

    ``config`` is the file named by ``--config``; without it, ``ANAPLAN_TUI_CONFIG`` names the file, or the
    platform's default path is used. With ``overrides.profile`` that profile becomes the default one, and
    ``overrides.workspace`` and ``.model`` replace those of the profile in use.

    Raises :class:`NoConfig` if there is neither a file nor a profile in the environment, and
    :class:`ConfigError` for anything that is wrong with them.
    """
    from anaplan_tui.config.sources import read

    settings = read(config)
    if not settings.profiles:
        where = settings.file or "environment"
        raise ConfigError(where, "profiles", "is missing", "Describe at least one, as in [profiles.prod].")
    profile = settings.profile(overrides.profile)
    _check_pace(settings, profile)
    return _overridden(settings, profile, overrides)


def check_files(settings: Settings, profile: Profile) -> None:
    """Refuse a profile whose files cannot be used.

    Raises:
        ConfigError: ``ca_bundle``, ``certificate`` or ``private_key`` cannot be read, or ``ca_bundle`` holds
            no certificate.
    """
    from anaplan_tui.config.sources import attributed

    uses_key = profile.auth.method == "certificate"
    named = {
        ("ca_bundle",): profile.ca_bundle,
        ("auth", "private_key"): profile.auth.private_key if uses_key else None,
        ("auth", "certificate"): profile.auth.certificate if uses_key else None,
    }
    for key, path in named.items():
        problem = "" if path is None else _why_unusable(path, is_ca=key == ("ca_bundle",))
        if problem:
            location = ("profiles", profile.name, *key)
            allowed = "Give a PEM file with the certificates to trust." if key == ("ca_bundle",) else ""
            error = ConfigError(settings.file or "environment", ".".join(location), problem, allowed)
            raise attributed(error, location)


def _why_unusable(path: Path, *, is_ca: bool) -> str:
    """A clause on what is wrong with a file that the configuration names; empty if it can be used."""
    try:
        with path.open("rb") as file:
            file.read(1)
        if is_ca:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        return f"names {path}, which holds no certificate that can be read"
    except OSError as error:
        return f"names {path}, which cannot be read ({(error.strerror or type(error).__name__).lower()})"
    return ""


def demo_settings(
    url: str,
    *,
    username: str = "demo@example.com",
    password: str = "demo",  # noqa: S107  # printed by the simulator, opens nothing else
    workspace: str | None = None,
    model: str | None = None,
    config: Path | None = None,
    overrides: Overrides = Overrides(),
) -> Settings:
    """Settings whose only profile, ``demo``, is the embedded tenant at ``url``.

    Everything that is not about a tenant stays as the user configured it, the downloads directory above all.
    A file is not needed. The demo begins in ``workspace`` and ``model`` unless ``overrides`` say otherwise.
    Raises :class:`ConfigError` as ``load`` does.
    """
    from anaplan_tui.config.sources import read

    user = read(config, file_needed=False)
    if overrides.profile not in (None, "demo"):
        raise ConfigError("--profile", "", "does not go with --demo", "Allowed with --demo: demo.")
    profile = Profile.model_validate(
        {"api_url": url, "auth_url": url, "oauth_url": url, "auth": {"method": "basic", "username": username}}
    )
    profile._name = "demo"
    profile.auth._password = SecretStr(password)
    # A loopback host has no other users: poll once a second, so that even a short run is seen to move.
    polling = Polling(interval=min(1.0, user.polling.interval), max_interval=user.polling.longest)
    update = {"profiles": {"demo": profile}, "default_profile": "demo", "polling": polling}
    start = replace(overrides, workspace=overrides.workspace or workspace, model=overrides.model or model)
    return _overridden(user.model_copy(update=update), profile, start)


def _check_pace(settings: Settings, profile: Profile) -> None:
    """Refuse to poll a real host too often; only the profile in use counts."""
    _check_not_below(
        settings, profile, ("polling", "interval"), settings.polling.interval, REAL_HOST_INTERVAL_S
    )
    _check_not_below(settings, profile, ("history", "every"), settings.history.every, REAL_HOST_EVERY_S)
    _check_not_below(settings, profile, ("guard", "every"), settings.guard.every, REAL_HOST_EVERY_S)


def _check_not_below(
    settings: Settings, profile: Profile, key: tuple[str, str], value: float, least: float
) -> None:
    from anaplan_tui.config.sources import attributed

    if profile.loopback or value >= least:
        return
    allowed = f"Allowed: at least {least:g} seconds; less is for loopback hosts, which {profile.name} is not."
    where = settings.file or "environment"
    raise attributed(ConfigError(where, ".".join(key), "is out of range", allowed), key)


def _overridden(settings: Settings, profile: Profile, overrides: Overrides) -> Settings:
    """``settings`` with ``profile`` as the default one and the command line's overrides in it."""
    given = (("workspace", overrides.workspace), ("model", overrides.model))
    begun = profile.model_copy(update={key: value for key, value in given if value})
    if overrides.read_only:
        begun = begun.model_copy(update={"read_only": True})
    update: dict[str, object] = {
        "default_profile": profile.name,
        "profiles": settings.profiles | {profile.name: begun},
    }
    if overrides.log_level is not None:
        levels = get_args(LogLevel)
        if overrides.log_level.lower() not in levels:
            raise ConfigError(
                "--log-level", "", "is none of the allowed words", f"Allowed: {', '.join(levels)}."
            )
        update["log_level"] = overrides.log_level.lower()
    return settings.model_copy(update=update)
