"""Fetch from the web, politely: robots.txt, a pause for each host, conditional requests, limits on size and time.

What an address answered last time (ETag, Last-Modified) is kept in the store with the documents it gave, so that a run
that was killed asks again for what it had not yet kept; a separate cache could not promise that.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import stamina
from protego import Protego

from discourse import __version__
from discourse.config import IngestSettings
from discourse.errors import FetchError
from discourse.ingest import optout
from discourse.ingest.identity import digest
from discourse.records import Done, Failed, Fetched, Outcome, Skipped, SourceRef, Unchanged
from discourse.store import Address

REDIRECTS, ATTEMPTS, LONGEST_WAIT = 5, 3, 60.0
SMALL = 500_000
"""A robots.txt, tdmrep.json or ai.txt larger than this many bytes is not read."""
_KEPT = ("content-type", "last-modified", "etag", "content-language", "tdm-reservation", "tdm-policy", "x-robots-tag")


class _Again(Exception):
    """A failure that time may mend; carries the pause that the server asked for."""

    def __init__(self, error: FetchError, wait: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


@dataclass(kw_only=True)
class _Host:
    """What is known of one host during a run."""

    robots: Protego | None = None
    tdmrep: str = ""
    ai: str = ""
    delay: float = 0.0
    last: float = field(default=-1e9)


@dataclass(kw_only=True)
class HttpFetcher:
    """Fetches http(s) addresses; ``archive`` is given every raw response where the city keeps them."""

    settings: IngestSettings
    now: datetime
    known: Mapping[str, Address]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    archive: Callable[[str, int, list[tuple[str, str]], bytes], None] | None = None

    def __post_init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        agent = f"discourse/{__version__} (weekly media report of a city"
        contact = f"; contact: {self.settings.contact})" if self.settings.contact else ")"
        self.agent = agent + contact
        self._client = httpx2.Client(
            headers={"User-Agent": self.agent, "Accept": "*/*"},
            timeout=self.settings.timeout_seconds,
            follow_redirects=False,
            trust_env=True,
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __call__(self, ref: SourceRef) -> Outcome[Fetched]:
        """Return what an address answers, that it has not changed, or why it was not or could not be had."""
        try:
            host = self._host(ref.url)
            if host.robots is not None and not host.robots.can_fetch(ref.url, self.agent):
                return Skipped(ref=ref, reason="robots")
            signal = optout.by_tdmrep(host.tdmrep, ref.url) or optout.by_ai_txt(host.ai)
            if signal:
                return Skipped(ref=ref, reason="opted_out")
            return self._answer(ref)
        except FetchError as error:
            return Failed(ref=ref, error=error)

    def _answer(self, ref: SourceRef) -> Outcome[Fetched]:
        seen = self.known.get(ref.url)
        status, url, headers, body = self._get(ref.url, _conditions(seen), int(self.settings.max_megabytes * 1e6))
        if status == 304 or (seen is not None and seen.content_hash == digest(body)):
            return Unchanged(ref=ref)
        if optout.by_headers(headers) or optout.by_page(body):
            return Skipped(ref=ref, reason="opted_out")
        kind, _, rest = headers.get("content-type", "").partition(";")
        charset = rest.partition("charset=")[2].strip(" \"'") or None
        return Done(
            Fetched(
                ref=ref,
                body=body,
                retrieved=self.now,
                url=url,
                media_type=kind.strip().lower() or None,
                charset=charset,
                etag=headers.get("etag"),
                last_modified=headers.get("last-modified"),
                headers={k: v for k, v in headers.items() if k in _KEPT},
            )
        )

    def _host(self, url: str) -> _Host:
        """Return what a host asks of machines; it is asked once a run."""
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._hosts:
            self._hosts[base] = host = _Host(delay=self.settings.delay_seconds)
            robots = self._small(f"{base}/robots.txt")
            if robots is not None:
                host.robots = Protego.parse(robots)
                host.delay = max(host.delay, float(host.robots.crawl_delay(self.agent) or 0))
            host.tdmrep = self._small(f"{base}/.well-known/tdmrep.json") or ""
            host.ai = self._small(f"{base}/ai.txt") or ""
        return self._hosts[base]

    def _small(self, url: str) -> str | None:
        """Return a small text of a host, ``None`` when it has none; one that errs is left alone."""
        try:
            _, _, _, body = self._get(url, {}, SMALL)
        except FetchError as error:
            if error.slug in ("http_4xx", "http_404", "http_403", "http_401", "http_410", "too_large"):
                return None
            raise
        return body.decode("utf-8", "replace")

    def _get(self, url: str, conditions: Mapping[str, str], most: int) -> tuple[int, str, dict[str, str], bytes]:
        """Return status, final address, headers in lower case and body, after redirects and tries."""
        for _ in range(REDIRECTS + 1):
            status, headers, body = self._tried(url, conditions, most)
            target = headers.get("location")
            if status not in (301, 302, 303, 307, 308) or not target:
                return status, url, headers, body
            url = urljoin(url, target)
        raise _error(url, "redirects too often", "Look at the address in a browser.", "redirect_loop")

    def _tried(self, url: str, conditions: Mapping[str, str], most: int) -> tuple[int, dict[str, str], bytes]:
        try:
            for attempt in stamina.retry_context(on=_waited(self.sleep), attempts=ATTEMPTS, wait_initial=0.5):
                with attempt:
                    return self._once(url, conditions, most)
        except _Again as again:
            raise again.error from again
        raise AssertionError("unreachable")

    def _once(self, url: str, conditions: Mapping[str, str], most: int) -> tuple[int, dict[str, str], bytes]:
        self._refuse_private(url)
        self._pause(url)
        with _named(url), self._client.stream("GET", url, headers=dict(conditions)) as answer:
            headers = {k.lower(): v for k, v in answer.headers.items()}
            if answer.status_code >= 400:
                raise _refused(url, answer.status_code, headers)
            body = b"".join(self._limited(answer, url, most))
            declared = headers.get("content-length", "")
            if declared.isdigit() and "content-encoding" not in headers and len(body) < int(declared):
                raise _Again(_error(url, "was cut off", "It is tried again next time.", "cut_off"))
        if self.archive is not None:
            self.archive(url, answer.status_code, list(answer.headers.multi_items()), body)
        return answer.status_code, headers, body

    def _limited(self, answer: Any, url: str, most: int) -> Iterator[bytes]:
        """Yield the unpacked body; stop with an error where it is larger or slower than allowed."""
        size, start = 0, self.clock()
        for chunk in answer.iter_bytes(65536):
            size += len(chunk)
            if size > most:
                raise _error(url, f"is larger than {most} bytes", "Raise ingest.max_megabytes.", "too_large")
            if self.clock() - start > self.settings.timeout_seconds * 4:
                raise _error(url, "sends too slowly", "It is tried again next time.", "timeout")
            yield chunk

    def _pause(self, url: str) -> None:
        parts = urlsplit(url)
        host = self._hosts.get(f"{parts.scheme}://{parts.netloc}")
        if host is None:
            return
        rest = host.last + host.delay - self.clock()
        if rest > 0:
            self.sleep(rest)
        host.last = self.clock()

    def _refuse_private(self, url: str) -> None:
        """Raise unless every address of the host is public, or the settings name the host."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host:
            raise _error(url, "is no web address", "Write http:// or https://.", "bad_address")
        if host in self.settings.allow_private_hosts:
            return
        try:
            found = {info[4][0] for info in socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError) as error:
            raise _error(url, "has a host with no address", "Check name and network.", "dns") from error
        if any(not ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found):
            raise _error(url, "is on a private network", "Name the host in allow_private_hosts.", "private_host")


def _conditions(seen: Address | None) -> dict[str, str]:
    if seen is None:
        return {}
    given = {"If-None-Match": seen.etag, "If-Modified-Since": seen.last_modified}
    return {name: value for name, value in given.items() if value}


def _error(url: str, what: str, remedy: str, slug: str) -> FetchError:
    return FetchError(f"{url} {what}.", remedy=remedy, slug=slug)


def _refused(url: str, status: int, headers: Mapping[str, str]) -> Exception:
    if status in (408, 425, 429) or status >= 500:
        slug = f"http_{status}" if status < 500 else "http_5xx"
        error = _error(url, f"answers {status}", "It is tried again next time.", slug)
        return _Again(error, _retry_after(headers.get("retry-after", "")))
    known = f"http_{status}" if status in (401, 403, 404, 410) else "http_4xx"
    return _error(url, f"answers {status}", "Look at the address in a browser: it may have moved.", known)


def _retry_after(value: str) -> float:
    if value.strip().isdigit():
        return min(float(value), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return 0.0
    return min(max(0.0, (when - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)


def _waited(sleep: Callable[[float], None]) -> Callable[[Exception], bool]:
    """Return a hook that asks for another try, after the pause that the server named."""

    def again(error: Exception) -> bool:
        if not isinstance(error, _Again):
            return False
        if error.wait:
            sleep(error.wait)
        return True

    return again


@contextmanager
def _named(url: str) -> Iterator[None]:
    """Give transport errors their slug; those that time may mend ask for another try."""
    try:
        yield
    except httpx2.TimeoutException as error:
        raise _Again(_error(url, "did not answer in time", "It is tried again next time.", "timeout")) from error
    except httpx2.ConnectError as error:
        if isinstance(error.__cause__, ssl.SSLError) or "SSL" in str(error) or "CERTIFICATE" in str(error):
            raise _error(url, f"has a bad certificate ({error})", "Tell its owner.", "tls") from error
        raise _Again(_error(url, "could not be reached", "Check the network.", "connect_failed")) from error
    except httpx2.DecodingError as error:
        raise _error(url, "is packed wrongly", "Tell its owner.", "bad_encoding") from error
    except httpx2.TransportError as error:
        raise _Again(_error(url, f"broke off ({error})", "It is tried again next time.", "cut_off")) from error
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise _error(url, f"is no web address ({error})", "Check it.", "bad_address") from error
