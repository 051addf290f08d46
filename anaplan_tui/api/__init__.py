"""The client for Anaplan's service: URLs, authentication, retries, wire shapes. It writes no files."""

import sys

# Where click and rich are installed, httpx imports its own command line, with pygments and half of rich: 2 MB
# and a tenth of the start. It works without: a module that is None in sys.modules counts as not installed,
# and httpx.main then says so.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
