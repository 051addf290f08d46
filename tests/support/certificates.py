"""Self-signed certificates for 127.0.0.1, trusted only when configured."""

import subprocess
from pathlib import Path


def self_signed(directory: Path) -> tuple[Path, Path]:
    """Make a server's certificate and its key, both PEM."""
    return _made(directory, "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1")


def for_logins(directory: Path) -> tuple[Path, Path]:
    """Make a certificate to log in with and its RSA key, both PEM."""
    return _made(directory, "-newkey rsa:2048")


def _made(directory: Path, kind: str) -> tuple[Path, Path]:
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    make = f"openssl req -x509 {kind} -nodes -days 2"
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run([*make.split(), *files, *names], check=True, capture_output=True)
    return certificate, key
