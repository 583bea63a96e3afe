"""Connections that go where the check went: each host is resolved by us, and only what was checked is connected to.

A name whose address changes between a check and a connection (DNS rebinding) would otherwise open the city's own
network to whoever owns the name. The name itself stays in the request and in the TLS handshake.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore2
import httpx2

Resolve = Callable[[str, int], Sequence[str]]
"""``resolve(host, port)`` gives the addresses of a host, or raises ``OSError``."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by the system's resolver, each once, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet, also where it carries another inside."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = None
    if isinstance(ip, ipaddress.IPv6Address):
        teredo = ip.teredo[1] if ip.teredo else None
        nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
        inner = ip.ipv4_mapped or ip.sixtofour or teredo or nat64
    plain = ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)
    if inner is not None:
        return is_public(str(inner))
    return plain


class _Checked(httpcore2.NetworkBackend):
    """Opens connections to the checked addresses of a host, the first that answers."""

    def __init__(self, addresses: Resolve) -> None:
        self._addresses = addresses
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a connection; raise what the check raises, or that of the last address tried."""
        failed: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                return self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed


class CheckedTransport(httpx2.HTTPTransport):
    """A transport whose every connection goes to an address that ``addresses(host, port)`` let through."""

    def __init__(self, addresses: Resolve, context: ssl.SSLContext | None = None) -> None:
        super().__init__()
        # The library takes a network of one's own in its pool, not yet in its transport.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context or httpx2.create_ssl_context(),
            max_connections=10,
            max_keepalive_connections=5,
            keepalive_expiry=10.0,
            network_backend=_Checked(addresses),
        )
