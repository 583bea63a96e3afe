"""A web server on this machine that misbehaves on purpose; every test says how."""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SENTENCE = "La mairie a présenté lundi soir le projet de centre d’accueil aux habitants réunis à la salle des fêtes. "
Answer = Callable[[BaseHTTPRequestHandler], None]


def page(title: str = "Un projet", *, head: str = "", charset: str = "utf-8", sentence: str = SENTENCE) -> bytes:
    """Return a story page of some 400 words."""
    story = "".join(f"<p>{title}, {n}. {sentence * 3}</p>" for n in range(8))
    markup = f"<!doctype html><html lang=fr><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{story}</article></body></html>"
    return markup.encode(charset, "replace")


@dataclass
class Rude:
    """The server: ``put`` says what a path answers, ``asked`` holds (path, headers) of every request."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Return the paths asked for, without what every host is asked first."""
        first = ("/robots.txt", "/.well-known/tdmrep.json", "/ai.txt")
        return [path for path, _ in self.asked if path not in first]

    def put(self, path: str, body: bytes = b"", *, status: int = 200, **headers: str) -> None:
        """Answer a path plainly; a header's underscore is a hyphen."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            send(request, body, status=status, **headers)

        self.answers[path] = answer

    def say(self, path: str, *turns: Answer) -> None:
        """Answer a path one way after the other; the last one stays."""
        left = list(turns)

        def answer(request: BaseHTTPRequestHandler) -> None:
            (left.pop(0) if len(left) > 1 else left[0])(request)

        self.answers[path] = answer


def send(request: BaseHTTPRequestHandler, body: bytes = b"", *, status: int = 200, **headers: str) -> None:
    """Send one whole answer."""
    request.send_response(status)
    for name, value in (
        {"Content_Type": "text/html; charset=utf-8", "Content_Length": str(len(body))} | headers
    ).items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


def turn(body: bytes = b"", *, status: int = 200, **headers: str) -> Answer:
    """Return an answer for ``Rude.say``."""
    return lambda request: send(request, body, status=status, **headers)


def cut_off(request: BaseHTTPRequestHandler) -> None:
    """Promise more than is sent, and hang up."""
    body = page()
    send(request, body[: len(body) // 2], Content_Length=str(len(body)))
    request.close_connection = True


def cut_gzip(request: BaseHTTPRequestHandler) -> None:
    """Send half of a packed body as if it were all."""
    body = gzip.compress(page())
    send(request, body[: len(body) // 2], Content_Encoding="gzip")


def silent(request: BaseHTTPRequestHandler) -> None:
    """Say nothing for a while."""
    time.sleep(0.6)
    request.close_connection = True


def endless(request: BaseHTTPRequestHandler) -> None:
    """Send without end, until the other side hangs up."""
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 65536)


def dripping(request: BaseHTTPRequestHandler) -> None:
    """Send a byte at a time, always just in time."""
    request.send_response(200)
    request.end_headers()
    for _ in range(400):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.02)


def hanging_up(request: BaseHTTPRequestHandler) -> None:
    """Hang up without a word."""
    request.close_connection = True


def babbling(request: BaseHTTPRequestHandler) -> None:
    """Say something that is no HTTP."""
    request.wfile.write(b"\x16\x03\x01 salut !\r\n\r\n")
    request.close_connection = True


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Rude]:
    """Run the server on a free port of the loopback address, over TLS with a context."""
    rude = Rude()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            rude.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            answer = rude.answers.get(self.path, turn(b"none", status=404))
            try:
                answer(self)
            except (BrokenPipeError, ConnectionError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    rude.base = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    try:
        yield rude
    finally:
        server.shutdown()
        server.server_close()
