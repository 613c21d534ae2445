"""How Easel reaches Slack and Pixapi from within a company's network: by which way, trusting whom.

As other programs do: `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`. One value decides for every call,
since each library of HTTP reads these variables in its own way, or not at all.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # typeshed's gap


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine, by its own words."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Network:
    """The ways out of this machine."""

    proxy: str | None = None  # `http://user:password@host:port`
    direct: str = ""  # hosts that are reached without it, as in NO_PROXY
    authorities: Path | None = None  # whose certificates are trusted, in place of the usual

    def way(self, url: str) -> str | None:
        """The proxy for an address; None: the address is called directly.

        Only what is encrypted goes through a proxy, by CONNECT: that hears a host and a port, and
        no key. This machine is never reached through one.
        """
        parts = urlsplit(url)
        if self.proxy is None or parts.scheme not in {"https", "wss"} or is_loopback(url):
            return None
        host = f"{parts.hostname}:{parts.port or 443}"
        return None if proxy_bypass_environment(host, {"no": self.direct}) else self.proxy

    @property
    def name(self) -> str:
        """The proxy without its user and password."""
        parts = urlsplit(self.proxy or "")
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def tls(self) -> ssl.SSLContext | None:
        """What is trusted; None: as usual."""
        return None if self.authorities is None else trust_only(self.authorities)


@cache
def trust_only(authorities: Path) -> ssl.SSLContext:
    """Trust these alone. Raises `OSError` for a file without certificates."""
    return ssl.create_default_context(cafile=authorities)


OPEN = Network()
"""Everything is reached directly, and the usual authorities are trusted."""
