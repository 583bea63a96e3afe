"""The Word face: a document that an officer can edit, with real headings, tables and lists, and charts as pictures."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from discourse.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Concern,
    Concerns,
    EvidenceCard,
    Heading,
    Item,
    Page,
    Pair,
    Quotation,
    Table,
    Text,
    Usages,
)
from discourse.report.composing import compose
from discourse.report.drawing import draw
from discourse.report.markdown import SIGNS
from discourse.report.value import ReportData
from discourse.report.wording import LOCALES, Words

INK, SOFT, ACCENT, MOVED, LINE = "1B2430", "55616E", "17507A", "A4450C", "DCD8CF"
PAGE_WIDTH = 16.6
"""Centimetres between the margins."""
TYPE, SMALLEST = 9.0, 6.5
"""Points of the type in tables: usually, and where many columns leave little room."""
LETTER, PADDING = 0.22, 0.45
"""Centimetres that a letter of that type takes, in a wide font as well, and the room beside the text of a cell."""
MOST_COLUMNS = 9
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def render(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.<lang>.docx``; the same report gives the same bytes."""
    writer = _Writer(data, lang)
    writer.page(compose(data, lang))
    out = io.BytesIO()
    writer.document.save(out)
    return {f"report.{lang}.docx": _timeless(out.getvalue())}


def _timeless(packed: bytes) -> bytes:
    """Return a zip archive with every member dated alike."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _clean(text: str) -> str:
    """Return a text without the characters that XML refuses."""
    return _FORBIDDEN.sub("", text)


def _columns(table: Table) -> list[int]:
    """Return which columns of a table are set: all, or of very wide ones the first and the last few."""
    count = len(table.head)
    return list(range(count)) if count <= MOST_COLUMNS else [0, *range(count - MOST_COLUMNS + 1, count)]


def _widths(table: Table, shown: Sequence[int]) -> tuple[list[float], float]:
    """Return each column's share of the page, and the size of type in points.

    A column has room for its longest word; what is left is shared by the longest texts. Where even that does not fit,
    the type is smaller.
    """
    room = PAGE_WIDTH - PADDING * len(shown)
    least, wanted = [], []
    for at in shown:
        cells = [table.head[at], *(row[at].text + row[at].small for row in table.rows)]
        least.append(LETTER * max(len(word) for cell in cells for word in cell.split(" ")))
        wanted.append(LETTER * min(30, max(len(cell) for cell in cells)))
    fits = min(1.0, room / sum(least))
    more = [max(0.0, want - need) if fits == 1.0 else 0.0 for need, want in zip(least, wanted, strict=True)]
    each = (room - fits * sum(least)) / (sum(more) or len(more))
    widths = [
        PADDING + fits * need + each * (extra if sum(more) else 1) for need, extra in zip(least, more, strict=True)
    ]
    return [width / PAGE_WIDTH for width in widths], max(SMALLEST, TYPE * fits)


class _Writer:
    """Sets blocks into a Word document, one after the other."""

    def __init__(self, data: ReportData, lang: str) -> None:
        import docx

        self.words = Words(lang)
        self.document = docx.Document()
        about = self.document.core_properties
        about.created = about.modified = data.made.replace(tzinfo=None)
        about.author = about.last_modified_by = data.signature.by if data.signature else ""
        about.language = LOCALES[lang].replace("_", "-")
        self._styles(lang)

    def _styles(self, lang: str) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt, RGBColor

        for name, size in (("Normal", 10.5), ("Title", 26), ("Heading 1", 17), ("Heading 2", 13), ("Heading 3", 11)):
            style = self.document.styles[name]
            style.font.name, style.font.size = ("Georgia" if name != "Normal" else "Calibri"), Pt(size)
            style.font.color.rgb = RGBColor.from_string(INK)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{kind}"), None)
        language = self.document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}")
        if language is not None:
            language.set(qn("w:val"), LOCALES[lang].replace("_", "-"))
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)

    # -- small pieces -----------------------------------------------------------------------------------------------

    def text(self, said: str, *, style: str | None = None, colour: str = "", **font: Any) -> Any:
        """Add a paragraph and return it; empty texts add an empty one."""
        paragraph = self.document.add_paragraph(style=style)
        self.run(paragraph, said, colour=colour, **font)
        return paragraph

    def run(self, paragraph: Any, said: str, *, colour: str = "", lang: str = "", **font: Any) -> Any:
        """Add a stretch of text to a paragraph."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        run = paragraph.add_run(_clean(said))
        run.bold, run.italic = font.get("bold"), font.get("italic")
        if font.get("size"):
            run.font.size = Pt(font["size"])
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)
        if lang:
            mark = OxmlElement("w:lang")
            mark.set(qn("w:val"), LOCALES.get(lang, lang).replace("_", "-"))
            run._r.get_or_add_rPr().append(mark)
        return run

    def link(self, paragraph: Any, said: str, href: str) -> None:
        """Add a link to a paragraph, or the text alone where there is no address."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        run = self.run(paragraph, said, colour=ACCENT if href else "")
        if not href:
            return
        run.underline = True
        anchor = OxmlElement("w:hyperlink")
        anchor.set(qn("r:id"), paragraph.part.relate_to(href, _LINK, is_external=True))
        run._r.addprevious(anchor)
        anchor.append(run._r)

    # -- page and blocks --------------------------------------------------------------------------------------------

    def page(self, page: Page) -> None:
        """Set a whole report."""
        self.document.core_properties.title = _clean(f"{page.title} – {page.kicker} – {page.week}")[:255]
        self.text(page.kicker, colour=SOFT, bold=True)
        self.document.add_heading(_clean(page.title), level=0)
        self.text(f"{page.week} · {page.subtitle}", bold=True)
        self.text(f"{page.stamp} · {page.stamp_small}", colour=MOVED, bold=True)
        for part in page.parts:
            self.document.add_heading(_clean(f"{part.number}. {part.title}"), level=1)
            if part.key == "headline":
                for alert in page.alerts:
                    self.text(f"⚠ {alert}", colour=MOVED)
                for said in page.sentences:
                    self.text(f"{SIGNS[said.mark]} {said.text}", style="List Bullet", size=12)
            self.text(part.lead, colour=SOFT, italic=True)
            for block in part.blocks:
                self.block(block, page)
        self.text(page.made, colour=SOFT, size=8.5)
        self.text(page.digest, colour=SOFT, size=8.5)

    def block(self, block: Block, page: Page) -> None:
        """Set one block."""
        match block:
            case Text():
                colour = {"alert": MOVED, "few": SOFT, "small": SOFT}.get(block.kind, "")
                self.text(
                    block.text, colour=colour, italic=block.kind == "few", size=9 if block.kind == "small" else None
                )
            case Heading():
                self.document.add_heading(_clean(block.text), level=block.level - 1)
            case Table():
                self.table(block)
            case Chart():
                self.chart(block)
            case Pair():
                self.pair(block, page)
            case Bullets():
                self.bullets(block.items)
            case Usages():
                self.usages(block)
            case Concerns():
                for concern in block.items:
                    self.concern(concern, block, page)

    def table(self, table: Table) -> None:
        """Set a table whose head is repeated on every page."""
        from docx.oxml import OxmlElement

        if table.named:
            self.text(table.caption, bold=True).paragraph_format.keep_with_next = True
        shown = _columns(table)
        widths, size = _widths(table, shown)
        made = self._lined(len(shown), widths)
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for cell, at in zip(made.rows[0].cells, shown, strict=True):
            self._cell(cell.paragraphs[0], Cell(text=table.head[at]), size=size, bold=True)
        for row in table.rows:
            added = made.add_row()
            added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
            for cell, at in zip(added.cells, shown, strict=True):
                self._cell(cell.paragraphs[0], row[at], size=size)
        self.document.add_paragraph()

    def _lined(self, columns: int, widths: Sequence[float] = ()) -> Any:
        """Add a table of one row with fine lines between rows; widths are shares of the page."""
        from docx.oxml import parse_xml
        from docx.oxml.ns import nsdecls
        from docx.shared import Cm

        made = self.document.add_table(rows=1, cols=columns)
        lines = "".join(
            f'<w:{side} w:val="single" w:sz="4" w:color="{LINE}"/>' for side in ("top", "bottom", "insideH")
        )
        made._tbl.tblPr.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>"))
        for column, width in zip(made.columns, widths, strict=False):
            column.width = Cm(PAGE_WIDTH * width)
        return made

    def _cell(self, paragraph: Any, value: Cell, *, size: float, bold: bool = False) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        colour = MOVED if value.state in ("silent", "failing", "higher", "lower") else ""
        self.run(
            paragraph,
            value.text + (f" ({value.small})" if value.small else ""),
            colour=colour,
            size=size,
            bold=bold or bool(colour),
        )
        if value.numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def chart(self, chart: Chart) -> None:
        """Set a chart as a picture with words for those who do not see it, and its table."""
        import vl_convert
        from docx.shared import Cm

        self.text(chart.title, bold=True).paragraph_format.keep_with_next = True
        if chart.reading:
            self.text(chart.reading, colour=SOFT, size=9).paragraph_format.keep_with_next = True
        picture = vl_convert.svg_to_png(draw(chart, self.words, ink="print"), scale=2)
        shape = self.document.add_picture(io.BytesIO(picture), width=Cm(16.4))
        shape._inline.docPr.set("descr", _clean(f"{chart.title}. {chart.said}"))
        shape._inline.docPr.set("title", _clean(chart.title))
        self.table(chart.table)

    def bullets(self, items: Sequence[Item]) -> None:
        """Set a list."""
        for item in items:
            paragraph = self.document.add_paragraph(style="List Bullet")
            self.link(paragraph, item.text, item.href)
            if item.small:
                self.run(paragraph, f" · {item.small}", colour=SOFT, size=9)

    def pair(self, pair: Pair, page: Page) -> None:
        """Set both sides next to each other in a table of two columns."""
        made = self._lined(2, (0.5, 0.5))
        for cell, said in zip(made.rows[0].cells, (pair.left, pair.right), strict=True):
            self.run(cell.paragraphs[0], said, bold=True)
        for quotes in pair.quotes:
            for cell, quote in zip(made.add_row().cells, quotes, strict=True):
                self._quotation(cell, quote, page)
        self.document.add_paragraph()

    def _quotation(self, cell: Any, quote: Quotation, page: Page) -> None:
        self.run(cell.paragraphs[0], quote.text, lang=quote.lang)
        where = cell.add_paragraph()
        self.run(where, quote.source + (" · " if quote.href else ""), colour=SOFT, size=9)
        if quote.href:
            self.link(where, page.words["link"], quote.href)

    def usages(self, block: Usages) -> None:
        """Set contested terms, each with one use."""
        for use in block.items:
            paragraph = self.document.add_paragraph(style="List Bullet")
            self.run(paragraph, use.term, bold=True, lang=use.lang)
            instead = f" · {block.instead_name}: {use.instead}" if use.instead else ""
            self.run(paragraph, f" ({use.count}){instead}\n", colour=SOFT)
            for said, bold in ((use.before, False), (use.shown, True), (use.after, False)):
                self.run(paragraph, said, bold=bold, lang=use.lang)

    def concern(self, concern: Concern, block: Concerns, page: Page) -> None:
        """Set one concern."""
        self.document.add_heading(_clean(concern.name), level=2)
        paragraph = self.text(f"{concern.advice_name} · {concern.amount} ", bold=True)
        self.run(paragraph, f"{SIGNS[concern.mark]} {concern.change}", colour=SOFT)
        self.text(concern.advice_why, colour=SOFT, size=9)
        if concern.question:
            self.text(concern.question, italic=True)
        if concern.cards:
            self.document.add_heading(block.evidence_name, level=3)
            for card in concern.cards:
                self._card(card, page)
        if concern.council:
            self.document.add_heading(block.council_name, level=3)
            self.bullets(concern.council)
        if concern.pair:
            self.document.add_heading(block.sides_name, level=3)
            self.pair(concern.pair, page)
        if concern.gap or concern.no_pair:
            self.text(f"{concern.gap} {concern.no_pair}".strip(), colour=SOFT, italic=True)

    def _card(self, card: EvidenceCard, page: Page) -> None:
        paragraph = self.document.add_paragraph(style="List Bullet")
        self.run(paragraph, f"{card.value} ", bold=True, size=12)
        flags = f"({card.flags})" if card.flags else ""
        said = " · ".join(x for x in (flags, card.title, card.bearing_name, card.meta, card.caveat, card.source) if x)
        self.run(paragraph, said + (" · " if card.href else ""))
        if card.href:
            self.link(paragraph, page.words["link"], card.href)
