"""The service, and nothing else: URLs, auth, retries, wire shapes. No files, no screens."""

import sys

# httpx loads its own command line, with pygments and half of rich, where click and rich are installed: 2 MB
# and a tenth of the start. It gets by without: a module that is None counts as not installed (Python's import
# system), and httpx says so when somebody calls httpx.main.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
