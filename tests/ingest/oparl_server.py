"""An OParl server on this machine: pages its lists, filters by ``modified_since`` or ignores it, gives files."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urlsplit

TYPE = "https://schema.oparl.org/1.1/"


@dataclass
class Council:
    """What the server holds. ``{base}`` in any text of an object stands for its own address."""

    base: str = ""
    page: int = 7
    honours: bool = True
    lists: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    broken: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, media type and body of a path."""
        parts = urlsplit(path)
        if path in self.broken:
            return 200, "application/json", self.broken[path]
        if parts.path in self.files:
            return 200, *self.files[parts.path]
        made = self._made(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})
        if made is None:
            return 404, "text/plain", b"none"
        return 200, "application/json", json.dumps(made, ensure_ascii=False).replace("{base}", self.base).encode()

    def _made(self, path: str, query: dict[str, str]) -> Any:
        if path == "/system":
            return {"id": "{base}/system", "type": TYPE + "System", "name": "Ratsinfo", "body": "{base}/bodies"}
        if path == "/bodies":
            body = {"id": "{base}/body/1", "type": TYPE + "Body", "name": "Stadt Musterstadt", "shortName": "Muster"}
            named = {name: f"{{base}}/{name}" for name in self.lists}
            return {"data": [{**body, "license": "https://example.org/licence", **named}], "links": {}}
        objects = self.lists.get(path.strip("/"))
        if objects is None:
            return None
        since = query.get("modified_since")
        if since and self.honours:
            objects = [o for o in objects if not isinstance(o, dict) or str(o.get("modified", "9")) >= since[:19]]
        at = int(query.get("page", "1"))
        links = {}
        if at * self.page < len(objects):
            kept = {"modified_since": since} if since else {}
            links["next"] = "{base}" + path + "?" + urlencode({**kept, "page": at + 1})
        return {"data": objects[(at - 1) * self.page : at * self.page], "links": links, "pagination": {}}


class Answering(Protocol):
    """What can be served: it answers paths and remembers what it was asked."""

    base: str
    asked: list[str]

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, media type and body of a path."""


@contextmanager
def council(**given: Any) -> Iterator[Council]:
    """Run an OParl server on a free port of the loopback address."""
    held = Council(**given)
    with served(held):
        yield held


@contextmanager
def served(held: Answering) -> Iterator[None]:
    """Serve what answers on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"):
                held.asked.append(self.path)
            status, media, body = held.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    held.base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
