"""The configuration that leads a measured program to its tenant."""

from pathlib import Path


def write_config(
    path: Path, url: str, more: str = "", *, workspace: str = "Supply Chain", model: str = "Demand plan"
) -> Path:
    """Write one to ``path``, with ``more`` tables behind it; dumps go beside it. Returns ``path``."""
    path.write_text(
        f'[profiles.bench]\napi_url = "{url}"\nauth_url = "{url}"\n'
        f'workspace = "{workspace}"\nmodel = "{model}"\n'
        '[profiles.bench.auth]\nmethod = "basic"\nusername = "demo@example.com"\n'
        f'[downloads]\ndirectory = "{path.parent}/dumps"\n{more}',
        encoding="utf-8",
    )
    return path
