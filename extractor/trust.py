"""Whom the client trusts: one address, the certificates that prove it, no redirect.

Proxies come from the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY): Discord is asked
through a tunnel, of which the proxy sees the name of the host alone. This machine's own
addresses, the only ones that are asked without TLS, are never asked through a proxy.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from extractor.errors import ConfigError

# what requests itself reads, in this order; none of them set: certifi's authorities
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def base_url(url: str) -> str:
    """Return an API's address in its normal form.

    Raises:
        ConfigError: it is none, or would send the token in the clear.

    """
    try:
        normal = requests.Request("GET", url).prepare().url or ""
        parts = urlsplit(normal)
        is_address = parts.scheme in ("http", "https") and parts.port != 0
    except (requests.RequestException, ValueError):
        is_address = False
    if not is_address or url.split() != [url]:
        raise ConfigError(
            "DISCORD_API_BASE_URL is not a URL such as https://discord.com/api/v10; "
            "leave it unset for Discord"
        )
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigError(
            "DISCORD_API_BASE_URL has a user, a password, a query or a fragment: it is "
            "an address alone, and the token stands in DISCORD_TOKEN"
        )
    if parts.scheme == "http" and not _is_loopback(parts):
        raise ConfigError(
            "DISCORD_API_BASE_URL would send the token in the clear: it has to begin "
            "with https:// unless it leads to this machine itself (127.0.0.1)"
        )
    return normal.rstrip("/")


class Trusted:
    """Makes sessions that lead to one address, and to no other."""

    def __init__(self, base_url: str, environ: Mapping[str, str] | None = None) -> None:
        self._base_url = base_url
        self._authorities = _authorities(os.environ if environ is None else environ)
        is_local = urlsplit(base_url).scheme == "http"
        self._proxies = {} if is_local else get_environ_proxies(base_url)

    def session(self) -> requests.Session:
        """Return a session of its own for a thread."""
        session = _Session()
        # looked up once, above: for each request it would take longer than the rest;
        # and a .netrc must not replace the token
        session.trust_env = False
        session.verify = self._authorities or True
        session.proxies = dict(self._proxies)
        session.adapters.clear()
        session.mount(f"{self._base_url}/", HTTPAdapter())
        return session


def distrust(error: BaseException) -> str | None:
    """Say why a certificate was refused, if that is what an error is about."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        seen = seen.__cause__ or seen.__context__
    return None


class _Session(requests.Session):
    """Follows nobody elsewhere, and so reads no answer on its own."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """Tell that there is none: else requests reads its body, of whatever size."""
        return None


def _authorities(environ: Mapping[str, str]) -> str | None:
    """Return the file (or folder) of the authorities to believe, if one is named.

    Raises:
        ConfigError: there are none in it.

    """
    for name in _AUTHORITIES:
        path = environ.get(name)
        if not path:
            continue
        try:
            if Path(path).is_dir():
                return path
            ssl.create_default_context(cafile=path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no certificate is in it"
            raise ConfigError(
                f"{name} names {path!r}, which cannot be used: {reason}"
            ) from error
        return path
    return None


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
