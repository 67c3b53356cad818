"""Downloads over HTTPS. They trust the certificates of the operating system, and say in a sentence what went wrong."""

import errno
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import truststore

TIMEOUT_SECONDS = 30.0
BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Variables with files of further trusted certificates. OpenSSL reads the first by itself, but not on every
platform."""

_CHUNK = 1 << 16


class DownloadFailed(Exception):
    """A download failed. The message says why and what to do."""


def trusting_the_system(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A TLS context that trusts the certificates of the operating system and of the files that `BUNDLES` name."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name in BUNDLES:
        if (bundle := environ.get(name)) and Path(bundle).is_file():
            try:
                context.load_verify_locations(bundle)
            except OSError as error:
                raise DownloadFailed(
                    f"{name} names {bundle}, which holds no certificates ({error}). Mend the file or unset {name}."
                ) from None
    return context


def download(
    url: str, target: Path, context: ssl.SSLContext, stop: threading.Event, timeout: float = TIMEOUT_SECONDS
) -> None:
    """Download an address to a file, which is complete when this returns. `stop` ends it. Raises DownloadFailed."""
    host = urlsplit(url).hostname or url
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "microcred"})
        with urllib.request.urlopen(request, timeout=timeout, context=context) as answer, target.open("wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                if stop.is_set():
                    raise DownloadFailed("it was stopped.")
            if answer.length:  # bytes that were announced and did not come
                raise http.client.IncompleteRead(b"", answer.length)
    except urllib.error.HTTPError as error:
        error.close()
        raise DownloadFailed(_refused(url, host, error.code)) from None
    except urllib.error.URLError as error:
        raise DownloadFailed(_unreachable(host, error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise DownloadFailed(
                f"{target.parent} cannot be written to ({error.strerror}). MICROCRED_CACHE names another folder."
            ) from None
        raise DownloadFailed(_unreachable(host, error)) from None


def _refused(url: str, host: str, code: int) -> str:
    if code == 407:
        return "the proxy needs a name and password (407). Put them into HTTPS_PROXY: http://name:password@host:port."
    if code == 429 or code >= 500:
        return f"{host} is busy (it answered {code}). Try again in a while."
    return (
        f"{host} answered {code} for {url}. Check that everything between here and {host}"
        " (HTTPS_PROXY, a mirror) lets it through."
    )


def _unreachable(host: str, reason: object) -> str:
    match reason:
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of {host} is not trusted ({reason.verify_message}). Where a"
                " company's proxy reads TLS, add its certificate"
                " to the system's, or name a file with it: SSL_CERT_FILE=/path/to/certificates.pem make up."
            )
        case ssl.SSLError():
            return (
                f"no TLS connection to {host} ({reason.reason or reason}). Check the proxy (HTTPS_PROXY) and try again."
            )
        case socket.gaierror():
            return (
                f"the name {host} is not known here. Check the network, DNS, and"
                " whether a proxy is needed (HTTPS_PROXY)."
            )
        case TimeoutError():
            return (
                f"{host} did not answer in time. Check the network, and whether a proxy is"
                " needed (HTTPS_PROXY), and try again."
            )
        case ConnectionRefusedError():
            return f"{host} refused the connection. Check the network, and the proxy if there is one (HTTPS_PROXY)."
        case http.client.HTTPException() | ConnectionError():
            return f"the download from {host} was cut short. Try again."
    return f"{host} cannot be reached ({reason}). Check the network and try again."
