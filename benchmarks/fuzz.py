"""Coverage-guided fuzzing of every parser: no crash, no hang, nothing lost, every outcome with its reason.

    python benchmarks/fuzz.py                       every parser, ten minutes each, two at a time
    python benchmarks/fuzz.py html pdf --minutes 1  some of them

Atheris (libFuzzer) changes whole files and answers of each kind, led by the branches that they reach in this project's
ingest code and in the readers written in Python under it. Each one is read as a run reads it. What must hold: a reason and a remedy for what was
not read; and of what was read, a text that any store takes (no NUL, no lone surrogate) with its parts inside it. An input
that breaks a rule is kept in ``runs/fuzz/PARSER/broken`` under the rule's name. Seeds: the files that the tests make, the
fixtures, and small real files where ``../shared`` is present.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "samples"
FIXTURES = ROOT / "tests" / "ingest" / "fixtures"
RUNS = ROOT / "runs" / "fuzz"
MEMORY = Path("/dev/shm")
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
HOST = "https://council.example"
SLOW = 30
"""Seconds after which an input counts as a hang."""
LARGEST = 60_000
"""Bytes of the largest seed and of the largest input."""
LED_BY = ("feedparser", "docx", "odfdo", "trafilatura", "warcio")

FILES = {
    "html": ("folder", "x.html"),
    "pdf": ("folder", "x.pdf"),
    "text": ("folder", "x.txt"),
    "docx": ("folder", "x.docx"),
    "odt": ("folder", "x.odt"),
    "feed": ("feed", "x.xml"),
    "json_feed": ("feed", "x.json"),
    "csv": ("table", "x.csv"),
    "jsonl": ("table", "x.jsonl"),
    "scdl": ("scdl", "x.csv"),
    "sitemap": ("sitemap", "x.xml"),
    "warc": ("warc", "x.warc"),
    "akoma_ntoso": ("akoma_ntoso", "x.xml"),
    "tei": ("tei", "x.xml"),
}
ANSWERS = {
    "oparl": f"{HOST}/oparl/system",
    "legistar": f"{HOST}/v1/client",
    "moderngov": f"{HOST}/ieListMeetings.aspx?CId=130",
}
LISTS = ("feed", "json_feed", "csv", "jsonl", "scdl", "sitemap", "warc")
"""What may rightly hold nothing."""
PARSERS = (*FILES, *ANSWERS)


class Broken(Exception):
    """A rule that an outcome breaks; its words name the rule."""


def check(outcomes: list[Any]) -> None:
    """Raise ``Broken`` where an outcome is not what the pipeline may rely on."""
    from discourse.records import Done, Failed, Skipped

    for outcome in outcomes:
        if isinstance(outcome, Failed) and not (outcome.error.what and outcome.error.remedy):
            raise Broken("failed without a word")
        if isinstance(outcome, Skipped) and not outcome.reason:
            raise Broken("skipped without a reason")
        if isinstance(outcome, Done):
            _check_document(outcome.value)


def _check_document(document: Any) -> None:
    for field in (document.text, document.title, document.url, document.lang, str(document.meta)):
        try:
            field.encode("utf-8")
        except UnicodeEncodeError:
            raise Broken("a lone surrogate") from None
        if "\0" in field:
            raise Broken("a NUL")
    if not document.text.strip():
        raise Broken("an empty text is done")
    if any(not 0 <= p.start <= p.end <= len(document.text) for p in document.parts):
        raise Broken("a part outside its text")


def of_files(parser: str, folder: Path) -> Callable[[bytes], list[Any]]:
    """Return a reader of a file's bytes, as a source of its kind."""
    from discourse import config
    from discourse.errors import InputError
    from discourse.ingest import open_door, read_source
    from discourse.records import Failed, SourceRef

    kind, name = FILES[parser]
    (folder / "in").mkdir()
    spec = config.SourceSpec(name="x", kind=kind, address="in" if kind == "folder" else f"in/{name}")
    settings = config.defaults(folder)

    def read(body: bytes) -> list[Any]:
        (folder / "in" / name).write_bytes(body)
        door = open_door(settings, spec, now=NOW, known={})
        out: list[Any] = []
        try:
            out.extend(read_source(spec, door))
        except InputError as error:
            out.append(Failed(ref=SourceRef(source="x", url=name), error=error))
        return out

    return read


def of_answers(parser: str, folder: Path) -> Callable[[bytes], list[Any]]:
    """Return a reader of a server's answers: the bytes are split at NUL and given in turn, whatever is asked."""
    from discourse import config
    from discourse.errors import FetchError, InputError
    from discourse.ingest import Door, read_source
    from discourse.records import Done, Failed, Fetched, SourceRef

    spec = config.SourceSpec(name="x", kind=parser, address=ANSWERS[parser], publisher="council", limit=20)
    settings = config.defaults(folder)
    media = "text/html" if parser == "moderngov" else "application/json"

    def read(body: bytes) -> list[Any]:
        answers = body.split(b"\0")
        asked = 0

        def fetch(ref: Any) -> Any:
            nonlocal asked
            asked += 1
            if asked > 200:
                raise Broken("asks without end")
            if not answers:
                return Failed(ref=ref, error=FetchError("no more.", remedy="None.", slug="http_404"))
            given = answers.pop(0)
            return Done(Fetched(ref=ref, body=given, retrieved=NOW, url=ref.url, media_type=media))

        out: list[Any] = []
        try:
            out.extend(read_source(spec, Door(settings=settings, spec=spec, now=NOW, fetch=fetch)))
        except InputError as error:
            out.append(Failed(ref=SourceRef(source="x", url=spec.address), error=error))
        return out or [Failed(ref=SourceRef(source="x", url=""), error=FetchError("nothing new.", remedy="None."))]

    return read


def seeds(parser: str) -> Iterator[bytes]:
    """Yield whole inputs to begin with."""
    sys.path.insert(0, str(ROOT))
    from tests.ingest import test_bad_input

    if parser in test_bad_input.KINDS:
        yield test_bad_input.KINDS[parser][2]()
    if parser in ("akoma_ntoso", "tei"):
        yield from (p.read_bytes() for p in sorted((FIXTURES / parser).glob("*.xml")))
    if parser == "sitemap":
        yield b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://a.example/1</loc><lastmod>2026-11-01</lastmod></url></urlset>'
        yield b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://a.example/s.xml.gz</loc></sitemap></sitemapindex>'
    if parser == "warc":
        page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + test_bad_input.html()
        head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/1\r\nWARC-Date: 2026-11-09T08:00:00Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\nContent-Type: application/http; msgtype=response\r\n"
        yield f"{head}Content-Length: {len(page)}\r\n\r\n".encode() + page + b"\r\n\r\n"
    if parser == "moderngov":
        pages = sorted((FIXTURES / parser).glob("*.html"))
        yield b"\0".join(p.read_bytes() for p in pages)
        yield from (p.read_bytes() for p in pages)
    if parser == "legistar":
        council = json.loads((FIXTURES / parser / "council.json").read_text(encoding="utf-8"))
        yield b"\0".join(json.dumps(v).encode() for v in council.values())
        yield from (json.dumps(v).encode() for v in council.values())
    if parser == "oparl":
        council = json.loads((FIXTURES / parser / "council.json").read_text(encoding="utf-8"))
        kind = "https://schema.oparl.org/1.1/"
        body = {"id": f"{HOST}/b", "type": f"{kind}Body", "paper": f"{HOST}/p", "meeting": f"{HOST}/m"}
        system = {"id": f"{HOST}/oparl/system", "type": f"{kind}System", "body": f"{HOST}/bodies"}
        lists = [{"data": v if isinstance(v, list) else [v]} for v in council.values()]
        yield b"\0".join(json.dumps(v).encode() for v in (system, {"data": [body]}, *lists))
    places = {
        "html": "html/**/*.html",
        "pdf": "pdf/*.pdf",
        "feed": "feeds/**/*.xml",
        "akoma_ntoso": "akomantoso/*.xml",
        "tei": "parlaclarin-tei/*.xml",
    }
    if parser in places and SAMPLES.is_dir():
        yield from (p.read_bytes() for p in sorted(SAMPLES.glob(places[parser]))[:200])


def fuzz(parser: str, minutes: float) -> None:
    """Change inputs for some minutes; in a process of its own, since the fuzzer ends its process."""
    import atheris

    with atheris.instrument_imports(include=["discourse", *LED_BY]):
        import discourse.ingest

        for module in pkgutil.walk_packages(discourse.ingest.__path__, "discourse.ingest."):
            importlib.import_module(module.name)
        for name in LED_BY:
            importlib.import_module(name)
    home = RUNS / parser
    shutil.rmtree(home, ignore_errors=True)
    (home / "seeds").mkdir(parents=True)
    (home / "broken").mkdir()
    for at, body in enumerate(b for b in seeds(parser) if len(b) <= LARGEST):
        (home / "seeds" / str(at)).write_bytes(body)
    scratch = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    read = (of_files if parser in FILES else of_answers)(parser, scratch)
    done = {"inputs": 0, "outcomes": 0, "slowest": 0.0}

    def one(body: bytes) -> None:
        start = time.perf_counter()
        try:
            found = read(body)
            check(found)
            if not found and parser not in LISTS:
                raise Broken("no outcome")
            done["outcomes"] += len(found)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            rule = f"{type(error).__name__} {error if isinstance(error, Broken) else f'{Path(last.filename).name} {last.lineno}'}"
            file = home / "broken" / re.sub(r"\W+", "_", rule)
            if not file.exists():
                file.write_bytes(body)
                file.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        done["inputs"] += 1
        done["slowest"] = max(done["slowest"], round(time.perf_counter() - start, 2))
        if done["inputs"] % 50 == 0:
            (home / "done.json").write_text(json.dumps(done), encoding="utf-8")

    options = [f"-max_total_time={int(minutes * 60)}", f"-timeout={SLOW}", f"-max_len={LARGEST}", "-rss_limit_mb=3000"]
    atheris.Setup(
        [parser, *options, "-print_final_stats=1", f"-artifact_prefix={home}/broken/", str(home / "seeds")], one
    )
    atheris.Fuzz()


def row(parser: str, rc: int) -> str:
    """Return what came of a parser: inputs, branches reached, the slowest, what broke."""
    home = RUNS / parser
    log = (home.with_suffix(".log")).read_text(encoding="utf-8", errors="replace")
    reached = re.findall(r"cov: (\d+)", log) or ["0"]
    done = json.loads((home / "done.json").read_text()) if (home / "done.json").exists() else {}
    broken = [p.name for p in (home / "broken").iterdir() if p.suffix != ".txt"]
    first = f"{reached[0]} -> {reached[-1]}"
    return f"{parser:12}{done.get('inputs', 0):>9}{first:>16}{done.get('slowest', 0):>9}{rc:>5}  {', '.join(broken) or 'nothing'}"


def main() -> None:
    """Start a process a parser, and print a line when it ends."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("parsers", nargs="*", choices=[[], *PARSERS])
    given.add_argument("--minutes", type=float, default=10)
    given.add_argument("--at-once", type=int, default=2)
    given.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = given.parse_args()
    if asked.child:
        fuzz(asked.parsers[0], asked.minutes)
        return
    RUNS.mkdir(parents=True, exist_ok=True)
    waiting, running = list(asked.parsers or PARSERS), {}
    print(
        f"{asked.minutes:g} minutes each\n{'parser':12}{'inputs':>9}{'branches':>16}{'slowest':>9}{'rc':>5}  what broke"
    )
    while waiting or running:
        while waiting and len(running) < asked.at_once:
            name = waiting.pop(0)
            command = [sys.executable, __file__, name, "--child", "--minutes", str(asked.minutes)]
            with (RUNS / f"{name}.log").open("wb") as log:
                running[name] = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        time.sleep(1)
        for name in [n for n, p in running.items() if p.poll() is not None]:
            print(row(name, running.pop(name).returncode), flush=True)


if __name__ == "__main__":
    main()
