"""A certificate for 127.0.0.1 that nobody trusts unless told to."""

import subprocess
from pathlib import Path


def self_signed(directory: Path) -> tuple[Path, Path]:
    """The certificate and its key, both PEM."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run([*make.split(), *files, *names], check=True, capture_output=True)
    return certificate, key
