"""How a profile's hosts are reached: proxy, certificates, request rate, as the transport takes them."""

from dataclasses import replace

from anaplan_tui.api.options import RateLimit, TransportOptions
from anaplan_tui.config.settings import Profile


def transport_options(profile: Profile) -> TransportOptions:
    """How the profile's hosts are reached."""
    options = TransportOptions(
        proxy=profile.proxy,
        ca_bundle=profile.ca_bundle,
        rate_limit=None if profile.loopback else RateLimit(),
    )
    return replace(options, user_agent=profile.user_agent) if profile.user_agent else options
