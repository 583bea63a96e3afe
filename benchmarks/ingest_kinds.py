"""Documents a second and peak memory by kind of source, read by one process and by two.

    python benchmarks/ingest_kinds.py             every kind
    python benchmarks/ingest_kinds.py pdf html    some of them

Four sources of a kind with the same number of documents each, taken into a fresh SQLite store by the ingest stage of a run:
reading, extraction, decision, joining of reprints. ``web`` is a page list served on this machine that
answers each request after 50 ms, with a pause of 50 ms between two requests to a host: there the wait is what costs. Peak
memory is that of the largest process. The rows of one kind are of one run; the ratio counts.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SOURCES, WAIT = 4, 0.05


def words(at: int, count: int) -> str:
    """Return a made-up text of so many sentences that resembles no other."""
    places = ("quartier nord", "vieux port", "plateau", "faubourg", "centre", "coteau", "marais")
    things = ("le centre d'accueil", "la crèche", "le marché", "le tramway", "la piscine", "le logement des réfugiés")
    lines = []
    for i in range(count):
        place, thing = places[(at * 7 + i) % 7], things[(at * 5 + i * 3) % 6]
        lines.append(
            f"Dossier {at}-{i} : au {place}, {thing} occupe {(at * 31 + i * 17) % 997} habitants depuis des mois."
        )
    return " ".join(lines)


def page(at: int) -> bytes:
    story = "".join(f"<p>{words(at * 10 + i, 4)}</p>" for i in range(6))
    head = f"<!doctype html><html lang=fr><head><meta charset=utf-8><title>Sujet {at}</title></head>"
    return f"{head}<body><nav>Accueil Sport Agenda</nav><article><h1>Sujet {at}</h1>{story}</article></body></html>".encode()


def pdf(at: int) -> bytes:
    import typst

    text = "\n\n".join(words(at * 10 + i, 6) for i in range(8))
    return bytes(typst.compile(f"= Séance {at}\n{text}".encode(), format="pdf"))


def word_file(at: int) -> bytes:
    import io

    from docx import Document

    made, out = Document(), io.BytesIO()
    made.add_heading(f"Séance {at}", 1)
    for i in range(8):
        made.add_paragraph(words(at * 10 + i, 4))
    made.save(out)
    return out.getvalue()


def files(suffix: str, make: Callable[[int], bytes], count: int) -> Callable[[Path, int], tuple[str, str, int]]:
    """Return a writer of a folder of files: (folder, number of the source) -> kind, address, documents."""

    def write(root: Path, number: int) -> tuple[str, str, int]:
        folder = root / f"in{number}"
        folder.mkdir()
        for i in range(count):
            (folder / f"{i}.{suffix}").write_bytes(make(number * 1000 + i))
        return "folder", folder.name, count

    return write


def one_file(
    kind: str, suffix: str, make: Callable[[int], str], count: int
) -> Callable[[Path, int], tuple[str, str, int]]:
    """Return a writer of one file that holds all documents of a source."""

    def write(root: Path, number: int) -> tuple[str, str, int]:
        name = f"in{number}.{suffix}"
        (root / name).write_text(make(number), encoding="utf-8")
        return kind, name, count

    return write


def table(number: int) -> str:
    rows = (
        f'2026-{1 + i % 10:02d}-{1 + i % 28:02d},Titre {number}-{i},"{words(number * 5000 + i, 2)}"'
        for i in range(1000)
    )
    return "date,title,text\n" + "\n".join(rows) + "\n"


def feed(number: int) -> str:
    items = [
        {"id": f"{number}-{i}", "title": f"Titre {number}-{i}", "content_text": words(number * 5000 + i, 8),
         "date_published": "2026-11-09T08:00:00Z"}
        for i in range(400)
    ]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items})


def scdl(number: int) -> str:
    head = "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_OBJET,VOTE_POUR,VOTE_CONTRE,DELIB_URL\n"
    rows = (f'Ville {number},{number},D{i},2026-11-09,"{words(number * 5000 + i, 2)}",20,3,' for i in range(1000))
    return head + "\n".join(rows) + "\n"


def web(root: Path, number: int) -> tuple[str, str, int]:
    """Write a list of addresses on this machine; the sites differ by port."""
    port = _serve()
    (root / f"in{number}.txt").write_text(
        "".join(f"http://127.0.0.1:{port}/{number * 1000 + i}.html\n" for i in range(40)), encoding="utf-8"
    )
    return "pages", f"in{number}.txt", 40


def _serve() -> int:
    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(WAIT)
            name = self.path.strip("/").removesuffix(".html")
            body = page(int(name)) if name.isdigit() else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


KINDS: dict[str, Callable[[Path, int], tuple[str, str, int]]] = {
    "html": files("html", page, 150),
    "pdf": files("pdf", pdf, 40),
    "docx": files("docx", word_file, 80),
    "text": files("txt", lambda at: words(at, 40).encode(), 300),
    "table": one_file("table", "csv", table, 1000),
    "feed": one_file("feed", "json", feed, 400),
    "scdl": one_file("scdl", "csv", scdl, 1000),
    "web": web,
}


def _child(root: Path, workers: int, out: Any) -> None:
    from discourse import config, pipeline

    loaded = config.load(root / "discourse.toml", root=root)
    settings = loaded.model_copy(update={"ingest": loaded.ingest.model_copy(update={"workers": workers})})
    start = time.perf_counter()
    with pipeline.job(settings, "bench", now=NOW) as work:
        pipeline.ingest(work)
        taken = dict(work.log.tally("ingest"))
    wall = time.perf_counter() - start
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    out.put((taken, wall, peak // 1024))


def measure(kind: str, workers: int) -> tuple[dict[str, int], float, int]:
    """Return what was taken in, the seconds it took and the peak in MB."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        blocks = ['[ingest]\nallow_private_hosts = ["127.0.0.1"]\ndelay_seconds = 0.05\n']
        for number in range(SOURCES):
            reader, address, _ = KINDS[kind](root, number)
            blocks.append(
                f'[[ingest.sources]]\nname = "s{number}"\nkind = "{reader}"\naddress = "{address}"\nlanguage = "fr"\n'
            )
        (root / "discourse.toml").write_text("\n".join(blocks), encoding="utf-8")
        context = multiprocessing.get_context("spawn")
        out = context.Queue()
        process = context.Process(target=_child, args=(root, workers, out))
        process.start()
        found: tuple[dict[str, int], float, int] = out.get()
        process.join()
        return found


def main(asked: list[str]) -> None:
    """Print a row a kind."""
    print(
        "| kind | documents | one reader: documents/s | MB | two readers: documents/s | MB | ratio |\n|---|---|---|---|---|---|---|"
    )
    for kind in asked or KINDS:
        (one, wall, peak), (two, wall2, peak2) = measure(kind, 1), measure(kind, 2)
        assert one == two, (kind, one, two)
        count = one.get("new", 0)
        rates = f"{count / wall:.0f} | {peak} | {count / wall2:.0f} | {peak2} | {wall / wall2:.2f}"
        print(f"| {kind} | {count} | {rates} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
