"""Whom to believe that a cloud is the cloud, and what to show it of ourselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from snaptui.errors import CloudError
from snaptui.text import safe_text

if TYPE_CHECKING:
    import ssl


def tls_context(authorities: str = "", cert: str | tuple[str, str] | None = None) -> ssl.SSLContext:
    """A context that verifies always. It reads files: not for the event loop.

    Args:
        authorities: the file or folder of certificates of the authorities that are believed; by
            default those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name, else those of the system,
            to which an admin adds the house's own, else those that came with the HTTP library.
        cert: a file with a client's certificate and key, or one file for each.

    Raises:
        CloudError: a file cannot be read, or is none of certificates.
    """
    if authorities and Path(authorities).is_dir():
        context = _of("", authorities)
    elif authorities:
        context = _of(authorities, "")
    else:
        file, folder = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
        context = _of(file, folder) if file or folder else _usual()
    if cert is not None:
        certificate, key = (cert, None) if isinstance(cert, str) else cert
        try:
            # an encrypted key is refused: OpenSSL would ask for its password on the terminal
            context.load_cert_chain(certificate, key, password="")
        except (OSError, ValueError) as error:
            raise CloudError(
                f"the client's certificate {_shown(certificate)} cannot be used ({_words(error)})",
                "name a file of a certificate and one of its key, in PEM form and not encrypted",
            ) from None
    return context


def _of(file: str, folder: str) -> ssl.SSLContext:
    import ssl

    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise CloudError(
            f"the certificates in {_shown(file or folder)} cannot be read ({_words(error)})",
            "name a file of certificates in PEM form, in cacert of clouds.yaml, OS_CACERT, "
            "AWS_CA_BUNDLE or SSL_CERT_FILE",
        ) from None


def _usual() -> ssl.SSLContext:
    import ssl

    paths = ssl.get_default_verify_paths()
    # typeshed says str, but a file or folder that is not there is None
    file: str | None = paths.cafile
    folder: str | None = paths.capath
    if file is not None or _filled(folder):
        return ssl.create_default_context()
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _filled(folder: str | None) -> bool:
    try:
        return folder is not None and bool(os.listdir(folder))
    except OSError:
        return False


def _shown(path: str) -> str:
    return safe_text(path, 200)


def _words(error: Exception) -> str:
    """A reason without numbers of lines in C."""
    import ssl

    if isinstance(error, ssl.SSLError):
        # without a reason it is one of these two
        return error.reason.replace("_", " ").lower() if error.reason else "no PEM, or encrypted"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return safe_text(error, 100)
