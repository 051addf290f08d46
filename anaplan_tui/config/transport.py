"""The transport options of a profile: proxy, certificates, request rate."""

from dataclasses import replace

from anaplan_tui.api.options import RateLimit, TransportOptions
from anaplan_tui.config.settings import Profile


def transport_options(profile: Profile) -> TransportOptions:
    """The options for reaching the profile's hosts."""
    options = TransportOptions(
        proxy=profile.proxy,
        ca_bundle=profile.ca_bundle,
        rate_limit=None if profile.loopback else RateLimit(),
    )
    return replace(options, user_agent=profile.user_agent) if profile.user_agent else options
