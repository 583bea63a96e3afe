"""XML of councils and parliaments: parsed without entities or network, and handed to the reader of its vocabulary."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from discourse import registry
from discourse.config import SourceSpec
from discourse.errors import ExtractError, FetchError
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, LeftOut
from discourse.ingest.minutes import words
from discourse.ingest.sources.folder import from_fetched
from discourse.records import Document, Done, Failed, Fetched, Outcome, SourceRef

XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_READERS = {"akomaNtoso": "akoma_ntoso", "TEI": "tei", "teiCorpus": "tei"}
_PAGE = re.compile(rb"<html[\s>]", re.IGNORECASE)
_NAMES = ("*.xml", "*.akn", "*.tei")


def parse(fetched: Fetched) -> Any:
    """Return the root of an XML file; raise ``ExtractError`` when it is damaged or declares entities of its own."""
    from lxml import etree

    url = fetched.ref.url
    if not fetched.body.strip():
        raise ExtractError(f"{url} is empty.", remedy="Leave it out.", slug="empty")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(fetched.body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        why = str(error).splitlines()[0] if str(error) else "not well-formed"
        raise ExtractError(f"{url} is damaged ({why}).", remedy="Ask for a whole copy.", slug="bad_xml") from error
    inner = root.getroottree().docinfo.internalDTD
    if inner is not None and any(True for _ in inner.iterentities()):
        raise ExtractError(
            f"{url} declares entities of its own.", remedy="Ask for a copy without a DTD.", slug="xml_entities"
        )
    return root


def local(node: Any) -> str:
    """Return an element's name without its namespace, empty for what is no element."""
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""


def children(node: Any, *names: str) -> Iterator[Any]:
    """Yield an element's child elements, of any name or of some."""
    for child in node:
        if local(child) and (not names or local(child) in names):
            yield child


def below(node: Any, *names: str) -> Iterator[Any]:
    """Yield the elements of some names anywhere below an element, in their order."""
    for child in node.iter():
        if child is not node and local(child) in names:
            yield child


def inline(node: Any, without: Collection[str] = ()) -> str:
    """Return the words of an element on one line, less those of some elements below it."""
    found: list[str] = []
    _gather(node, without, found)
    return words("".join(found))


def _gather(node: Any, without: Collection[str], found: list[str]) -> None:
    found.append(node.text or "")
    for child in node:
        name = local(child)
        if name in ("eol", "br", "lb"):
            found.append(" ")
        elif name and name not in without:
            _gather(child, without, found)
        found.append(child.tail or "")


def has_words(node: Any) -> bool:
    """Tell whether an element holds words of its own, not only within its children."""
    return bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)


def target(value: str | None) -> str:
    """Return the id that a reference such as ``#chair`` points to; of several, the first."""
    first = (value or "").split()
    return first[0].removeprefix("#") if first else ""


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the drafts of an XML file by the reader of its vocabulary; one that is not known is left out.

    A web page that is served as XML, well-formed or not, is read as a web page.
    """
    kind = "html" if _PAGE.search(fetched.body[:2000]) else _READERS.get(local(parse(fetched)))
    if kind is None:
        raise LeftOut("unknown_type")
    yield from registry.find("extractors", kind)(fetched, door)


def read(kind: str, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of a file, an address, or the XML files of a folder that fit ``pattern``."""
    base = door.settings.root / Path(spec.address).expanduser()
    if spec.address.startswith(("http://", "https://")) or not base.is_dir():
        yield from _one(spec.address, kind, spec, door)
        return
    names = _NAMES if spec.pattern == "*" else (spec.pattern,)
    found = sorted({p for name in names for p in base.rglob(name) if p.is_file() and not p.name.startswith((".", "~"))})
    if not found:
        raise FetchError(f"{spec.address} holds no XML file.", remedy="Check address and pattern.", slug="empty")
    for path in found:
        yield from _one(str(Path(spec.address) / path.relative_to(base)), kind, spec, door)


def _one(address: str, kind: str, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    match door.fetch(SourceRef(source=spec.name, url=address)):
        case Done(value=fetched):
            yield from from_fetched(fetched, kind, door)
        case Failed(error=error) if address == spec.address:
            raise error
        case other:
            yield other
