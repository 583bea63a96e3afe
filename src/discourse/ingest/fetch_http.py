"""Fetch from the web, politely: robots.txt, a pause for each host, conditional requests, limits on size and time.

What an address answered last time (ETag, Last-Modified) is kept in the store with the documents it gave, so that a run
that was killed asks again for what it had not yet kept; a separate cache could not promise that.
"""

from __future__ import annotations

import ssl
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx2
import stamina
from protego import Protego

from discourse import __version__
from discourse.config import IngestSettings
from discourse.errors import FetchError
from discourse.ingest import network, optout
from discourse.ingest.identity import digest
from discourse.records import Done, Failed, Fetched, Outcome, Skipped, SourceRef, Unchanged
from discourse.store import Address

REDIRECTS, ATTEMPTS, LONGEST_WAIT = 5, 3, 60.0
SMALL = 500_000
"""A robots.txt, tdmrep.json or ai.txt larger than this many bytes is not read."""
_KEPT = ("content-type", "last-modified", "etag", "content-language", "tdm-reservation", "tdm-policy", "x-robots-tag")


_ABSENT = ("http_4xx", "http_404", "http_403", "http_401", "http_410", "too_large", "redirect_loop", "bad_encoding")


class _LeftOut(Exception):
    """The publisher does not want an address to be read by machines."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


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
    error: FetchError | None = None

    def refuse(self, url: str, agent: str) -> None:
        """Raise where an address of this host may not be read, with the signal that says so."""
        if self.robots is not None and not self.robots.can_fetch(url, agent):
            raise _LeftOut("robots", "robots.txt")
        signal = optout.by_tdmrep(self.tdmrep, url) or optout.by_ai_txt(self.ai)
        if signal:
            raise _LeftOut("opted_out", signal)


@dataclass(kw_only=True)
class HttpFetcher:
    """Fetches http(s) addresses; ``archive`` is given every raw response where the city keeps them."""

    settings: IngestSettings
    now: datetime
    known: Mapping[str, Address]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    archive: Callable[[str, int, list[tuple[str, str]], bytes], None] | None = None
    resolve: network.Resolve = network.resolve

    def __post_init__(self) -> None:
        stamina.instrumentation.set_on_retry_hooks([])  # they would write among the data on standard output
        self._hosts: dict[str, _Host] = {}
        agent = f"discourse/{__version__} (weekly media report of a city"
        contact = f"; contact: {self.settings.contact})" if self.settings.contact else ")"
        self.agent = agent + contact
        self._proxied = bool({"http", "https", "all"} & set(urllib.request.getproxies()))
        self._client = httpx2.Client(
            headers={"User-Agent": self.agent, "Accept": "*/*", "Accept-Encoding": "gzip, deflate"},
            timeout=self.settings.timeout_seconds,
            follow_redirects=False,
            transport=None if self._proxied else network.CheckedTransport(self._public),
            trust_env=True,
        )

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __call__(self, ref: SourceRef) -> Outcome[Fetched]:
        """Return what an address answers, that it has not changed, or why it was not or could not be had."""
        try:
            return self._answer(ref)
        except _LeftOut as left:
            return Skipped(ref=ref, reason=left.reason, detail=left.detail)
        except FetchError as error:
            return Failed(ref=ref, error=error)

    def _answer(self, ref: SourceRef) -> Outcome[Fetched]:
        seen = self.known.get(ref.url)
        most = int(self.settings.max_megabytes * 1e6)
        status, url, headers, body = self._get(ref.url, _conditions(seen), most, allowed=self._allow)
        names = _named_once(headers)
        signal = optout.by_headers(names) or optout.by_page(body) or optout.by_pdf(body)
        if signal:
            raise _LeftOut("opted_out", signal)
        if status == 304 or (seen is not None and seen.content_hash == digest(body)):
            return Unchanged(ref=ref)
        if self.archive is not None:
            self.archive(url, status, headers, body)
        kind, _, rest = names.get("content-type", "").partition(";")
        charset = rest.partition("charset=")[2].partition(";")[0].strip(" \"'") or None
        return Done(
            Fetched(
                ref=ref,
                body=body,
                retrieved=self.now,
                url=url,
                media_type=kind.strip().lower() or None,
                charset=charset,
                etag=names.get("etag"),
                last_modified=names.get("last-modified"),
                headers={k: v for k, v in names.items() if k in _KEPT},
            )
        )

    def _allow(self, url: str) -> None:
        """Raise unless the host of an address lets machines read it; asked again for every redirect."""
        self._check(url)
        self._host(url).refuse(url, self.agent)

    def _host(self, url: str) -> _Host:
        """Return what a host asks of machines; it is asked once a run."""
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        if base not in self._hosts:
            self._hosts[base] = host = _Host(delay=self.settings.delay_seconds)
            try:
                self._ask(base, host)
            except FetchError as error:
                host.error = error
        found = self._hosts[base]
        if found.error is not None:
            raise found.error
        return found

    def _ask(self, base: str, host: _Host) -> None:
        """Read a host's wishes; one whose robots.txt errs is not read at all (RFC 9309, 2.3.1.4)."""
        robots = self._small(f"{base}/robots.txt")
        if robots is not None:
            host.robots = Protego.parse(robots)
            host.delay = max(host.delay, min(float(host.robots.crawl_delay(self.agent) or 0), LONGEST_WAIT))
        host.tdmrep = self._small(f"{base}/.well-known/tdmrep.json", forgive="http_5xx") or ""
        host.ai = self._small(f"{base}/ai.txt", forgive="http_5xx") or ""

    def _small(self, url: str, *, forgive: str = "") -> str | None:
        """Return a small text of a host, ``None`` when it has none."""
        try:
            _, _, _, body = self._get(url, {}, SMALL)
        except FetchError as error:
            if error.slug in (*_ABSENT, forgive):
                return None
            raise
        return body.decode("utf-8", "replace")

    def _get(
        self, url: str, conditions: Mapping[str, str], most: int, *, allowed: Callable[[str], None] | None = None
    ) -> tuple[int, str, list[tuple[str, str]], bytes]:
        """Return status, final address, headers with names in lower case and body, after redirects and tries."""
        for _ in range(REDIRECTS + 1):
            if allowed is not None:
                allowed(url)
            status, headers, body = self._tried(url, conditions, most)
            target = dict(headers).get("location")
            if status not in (301, 302, 303, 307, 308) or not target:
                return status, url, headers, body
            url = _joined(url, target)
        raise _error(url, "redirects too often", "Look at the address in a browser.", "redirect_loop")

    def _tried(self, url: str, conditions: Mapping[str, str], most: int) -> tuple[int, list[tuple[str, str]], bytes]:
        waited = _waited(self.sleep)
        try:
            for attempt in stamina.retry_context(on=waited, attempts=ATTEMPTS, wait_initial=0.5, timeout=None):
                with attempt:
                    return self._once(url, conditions, most)
        except _Again as again:
            raise again.error from again
        raise AssertionError("unreachable")

    def _once(self, url: str, conditions: Mapping[str, str], most: int) -> tuple[int, list[tuple[str, str]], bytes]:
        self._check(url)
        self._pause(url)
        with _named(url), self._client.stream("GET", url, headers=dict(conditions)) as answer:
            headers = [(k.lower(), v) for k, v in answer.headers.multi_items()]
            if answer.status_code >= 400:
                raise _refused(url, answer.status_code, dict(headers))
            packed = self._limited(answer.iter_raw(), url, most)
            body = _unpacked(packed, dict(headers).get("content-encoding", ""), url, most)
        return answer.status_code, headers, body

    def _limited(self, chunks: Iterator[bytes], url: str, most: int) -> Iterator[bytes]:
        """Yield the body as sent; stop with an error where it is larger or slower than allowed."""
        size, start = 0, self.clock()
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise _too_large(url, most)
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

    def _check(self, url: str) -> None:
        """Raise unless an address is one of the web; behind a proxy also where its host is known to be private."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 443
        except ValueError as error:
            raise _error(url, "has no valid host or port", "Check it.", "bad_address") from error
        if parts.scheme not in ("http", "https") or not host:
            raise _error(url, "is no web address", "Write http:// or https://.", "bad_address")
        if self._proxied:
            try:
                self._public(host, port)
            except FetchError as error:
                if error.slug != "dns":  # only the proxy may know the name
                    raise

    def _public(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host; raise unless all are public, or the settings name the host."""
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise _error(host, "has no address", "Check name and network.", "dns") from error
        if host not in self.settings.allow_private_hosts and not all(network.is_public(a) for a in found):
            raise _error(host, "is on a private network", "Name the host in allow_private_hosts.", "private_host")
        return found


def _named_once(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Return headers by name; what was sent several times is joined, as RFC 9110 (5.3) reads it."""
    out: dict[str, str] = {}
    for name, value in headers:
        out[name] = f"{out[name]}, {value}" if name in out and name == "x-robots-tag" else value
    return out


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
    """Return a hook that asks for another try, after the pause that the server named; none follows the last try."""
    tries = 0

    def again(error: Exception) -> bool:
        nonlocal tries
        tries += 1
        if not isinstance(error, _Again):
            return False
        if error.wait and tries < ATTEMPTS:
            sleep(error.wait)
        return True

    return again


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise _error(url, f"redirects to {target[:80]!r}", "Tell its owner.", "bad_address") from error


def _too_large(url: str, most: int) -> FetchError:
    return _error(url, f"is larger than {most} bytes", "Raise ingest.max_megabytes.", "too_large")


def _unpacked(chunks: Iterator[bytes], encoding: str, url: str, most: int) -> bytes:
    """Return a body unpacked, never more than ``most`` bytes of it in memory: a small body may hold gigabytes."""
    names = [n.strip().lower() for n in encoding.split(",") if n.strip().lower() not in ("", "identity")]
    if not names:
        return b"".join(chunks)
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise _error(url, f"is packed as {encoding!r}", "Tell its owner.", "bad_encoding")
    packed = b"".join(chunks)
    bare = names[0] == "deflate" and packed[:1] != b"\x78"
    unpack, out = zlib.decompressobj(-15 if bare else 47), bytearray()
    try:
        out += unpack.decompress(packed, most + 1)
    except zlib.error as error:
        raise _error(url, "is packed wrongly", "Tell its owner.", "bad_encoding") from error
    if len(out) > most:
        raise _too_large(url, most)
    if packed and not unpack.eof:
        raise _Again(_error(url, "was cut off", "It is tried again next time.", "cut_off"))
    return bytes(out)


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
    except httpx2.TransportError as error:
        raise _Again(_error(url, f"broke off ({error})", "It is tried again next time.", "cut_off")) from error
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise _error(url, f"is no web address ({error})", "Check it.", "bad_address") from error
