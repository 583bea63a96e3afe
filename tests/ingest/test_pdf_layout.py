"""PDF as councils print it: columns, cut words, running headers, stamps across the page, tables; every part with its page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse import config
from discourse.ingest import open_door, read_source
from discourse.ingest.extract import hyphens
from discourse.ingest.extract.pdf import read_sheets
from discourse.ingest.extract.pdf_columns import Run
from discourse.ingest.extract.pdf_layout import Sheet, compose
from discourse.records import Document, Done, Fetched, Part, SourceRef

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
WHO = (
    "Le conseil municipal",
    "La commission du logement",
    "Une conseillère de l'opposition",
    "Le rapporteur",
    "Une habitante",
)
WHAT = (
    "délibère longuement sur",
    "demande un rapport complémentaire concernant",
    "rappelle l'histoire administrative de",
)
WHOSE = (
    "l'hébergement des familles",
    "la scolarisation des enfants",
    "l'accompagnement des demandeurs",
    "la subvention annuelle",
)
STORY = [
    f"{WHO[n % 5]} {WHAT[n % 3]} {WHOSE[n % 4]}; {WHO[(n + 2) % 5].lower()} {WHAT[n // 5 % 3]} {WHOSE[n // 3 % 4]}, point {n}."
    for n in range(1, 31)
]


def printed(source: str) -> Fetched:
    """Return a PDF made by typst, as if fetched."""
    import typst

    body = typst.compile(source.encode(), format="pdf")
    return Fetched(ref=SourceRef(source="x", url="x.pdf"), body=body, retrieved=NOW, url="x.pdf")


def laid_out(source: str, lang: str = "fr") -> tuple[str, tuple[Part, ...]]:
    return compose(read_sheets(printed(source)), lang)


def said(text: str, parts: tuple[Part, ...], *kinds: str) -> str:
    """Return the words of parts of some kinds, by default those of the body."""
    kept = [p for p in parts if (p.kind in kinds if kinds else p.kind not in ("header", "footer"))]
    return " ".join(text[p.start : p.end] for p in kept)


PAGE = '#set page(paper: "a5", columns: {columns}, header: [Ville de Bourg — procès-verbal], numbering: "1/1")\n'
WORDS = '#set text(lang: "fr", hyphenate: true, size: 9pt)\n#set par(justify: true)\n'


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_columns_are_read_one_after_the_other_and_cut_words_made_whole(columns: int) -> None:
    text, parts = laid_out(PAGE.format(columns=columns) + WORDS + "\n\n".join(STORY))
    assert said(text, parts).replace("’", "'") == " ".join(STORY)
    assert max(p.page or 0 for p in parts) > 1


def test_running_headers_and_page_numbers_stay_in_the_text_and_are_marked() -> None:
    text, parts = laid_out(PAGE.format(columns=2) + WORDS + "\n\n".join(STORY))
    pages = max(p.page or 0 for p in parts)
    headers = [text[p.start : p.end] for p in parts if p.kind == "header"]
    footers = [text[p.start : p.end] for p in parts if p.kind == "footer"]
    assert headers == ["Ville de Bourg — procès-verbal"] * pages
    assert footers == [f"{n}/{pages}" for n in range(1, pages + 1)]


def test_every_part_lies_on_the_page_it_names() -> None:
    source = '#set page(paper: "a6", numbering: none)\n' + "\n#pagebreak()\n".join(
        f"Page {name}. Le conseil vote la subvention." for name in ("une", "deux", "trois")
    )
    text, parts = laid_out(source)
    assert [(p.page, text[p.start : p.end].split(".")[0]) for p in parts] == [
        (1, "Page une"),
        (2, "Page deux"),
        (3, "Page trois"),
    ]


def test_a_heading_over_two_columns_comes_before_both() -> None:
    left, right = "Gauche" + " gauche" * 60 + ".", "Droite" + " droite" * 60 + "."
    source = (
        '#set page(paper: "a5")\n= Délibération du soir\n'
        f"#grid(columns: 2, column-gutter: 14pt, [{left}], [{right}])\n\nLa séance est levée à vingt heures précises."
    )
    text, parts = laid_out(source)
    assert [p.kind for p in parts] == ["heading", "paragraph", "paragraph", "paragraph"]
    assert text == f"Délibération du soir\n\n{left}\n\n{right}\n\nLa séance est levée à vingt heures précises."


def test_rows_of_a_table_stay_rows() -> None:
    rows = [("Logement", "12 000"), ("Cours de langue", "3 500"), ("Transports", "800")]
    cells = ", ".join(f"[{a}], [{b}]" for a, b in rows)
    text, parts = laid_out(
        f'#set page(paper: "a5")\nLe budget est le suivant pour cette année.\n\n#table(columns: (6cm, 3cm), stroke: none, {cells})'
    )
    assert [text[p.start : p.end] for p in parts if p.kind == "table"] == [f"{a} | {b}" for a, b in rows]


def test_a_stamp_across_the_margin_is_a_footer_of_its_own() -> None:
    stamp = "#place(left + horizon, dx: -1.5cm, rotate(-90deg, reflow: true)[Signé le 3 mars par la mairie])"
    text, parts = laid_out(f'#set page(paper: "a5", margin: 2cm)\n{stamp}\n' + "\n\n".join(STORY[:4]))
    assert said(text, parts, "footer") == "Signé le 3 mars par la mairie"
    assert said(text, parts).replace("’", "'") == " ".join(STORY[:4])


def test_a_page_printed_on_its_side_is_read_upright() -> None:
    text, parts = laid_out(
        '#set page(paper: "a5", margin: 1cm)\n#rotate(90deg, reflow: true, block(width: 17cm)['
        + "\n\n".join(STORY[:3])
        + "])"
    )
    assert said(text, parts).replace("’", "'") == " ".join(STORY[:3])


def test_superscripts_belong_to_their_word() -> None:
    text, _ = laid_out('#set page(paper: "a5")\nLe 1#super[er] janvier 2026, le conseil se réunit à 18 heures.')
    assert "Le 1er janvier 2026" in text


def test_what_is_written_into_a_stamp_annotation_is_read() -> None:
    body = annotated()
    fetched = Fetched(ref=SourceRef(source="x", url="x"), body=body, retrieved=NOW, url="x")
    assert "Acte certifié" in compose(read_sheets(fetched), "fr")[0]


def annotated() -> bytes:
    """Return a PDF whose one page holds a sentence, and a stamp whose words are in its appearance only."""
    page = b"BT /F 12 Tf 72 700 Td (Le conseil vote la subvention de la clinique.) Tj ET"
    look = b"BT /F 10 Tf 5 5 Td (Acte certifi\\351) Tj ET"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    things = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[5 0 R]/Resources<</Font<</F 7 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Annot/Subtype/Stamp/F 4/Rect[72 100 272 120]/AP<</N 6 0 R>>>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F 7 0 R>>>>/Length %d>>stream\n%s\nendstream"
        % (len(look), look),
        font,
    ]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, thing in enumerate(things, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj%s\nendobj\n" % (number, thing))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(things) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(things) + 1, start))
    return out.getvalue()


# -- cut words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "lines", "whole"),
    [
        ("fr", ["une décision adminis-", "trative"], "une décision administrative"),
        ("fr", ["la sous-", "préfecture ferme", "la préfecture, sous contrôle"], None),
        ("fr", ["un vice-", "président élu"], "un vice-président élu"),
        ("fr", ["le non-", "respect du bail"], "le non-respect du bail"),
        ("fr", ["Marie Saint-", "Étienne parle"], "Marie Saint-Étienne parle"),
        ("fr", ["le dossier 2025-", "0012 est clos"], "le dossier 2025-0012 est clos"),
        ("fr", ["oui - ", "non"], "oui -  non"),
        ("fr", ["que donne-", "t-il"], "que donne-t-il"),
        ("de", ["die Flüchtlings-", "unterkunft"], "die Flüchtlingsunterkunft"),
        ("de", ["Stadt-", "und Landkreis"], "Stadt- und Landkreis"),
        ("de", ["das EU-", "Recht"], "das EU-Recht"),
        ("es", ["la escue-", "la pública"], "la escuela pública"),
        ("it", ["l’acco-", "glienza"], "l’accoglienza"),
        ("en", ["a well-", "known rule"], "a well-known rule"),
        ("en", ["the settle-", "ment"], "the settlement"),
        ("", ["adminis\u00ad", "tration"], "administration"),
        ("", ["adminis\ufffe", "tration"], "administration"),
    ],
)
def test_a_cut_word_is_joined_only_where_that_is_plausible(lang: str, lines: list[str], whole: str | None) -> None:
    got = hyphens.joined(lines, hyphens.vocabulary(lines), lang)
    assert got == whole if whole else "sous-préfecture" in got


def test_how_the_document_itself_writes_a_word_decides() -> None:
    cut = ["le rendu du compte-", "rendu"]
    assert hyphens.joined(cut, hyphens.vocabulary(["le compterendu"]), "es").endswith("compterendu")
    assert hyphens.joined(cut, hyphens.vocabulary(["le compte-rendu"]), "es").endswith("compte-rendu")


def test_a_word_cut_by_the_end_of_the_page_stands_whole_on_the_first() -> None:
    sheets = [
        Sheet(400, 600, (Run("Le conseil vote la réorga-", 50, 300, 350, 312),)),
        Sheet(400, 600, (Run("nisation des services.", 50, 300, 300, 312),)),
    ]
    text, parts = compose(sheets, "fr")
    assert [(p.page, text[p.start : p.end]) for p in parts] == [
        (1, "Le conseil vote la réorganisation"),
        (2, "des services."),
    ]


# -- whatever comes ---------------------------------------------------------------------------------------------------

numbers = st.floats(-50, 900, allow_nan=False)
runs = st.builds(
    lambda text, x, y, w, h, t: Run(text, x, y, x + w, y + h, t),
    st.text(min_size=1, max_size=20),
    numbers,
    numbers,
    st.floats(0, 400),
    st.floats(0, 40),
    st.sampled_from([0, 0, 0, 90, 180, 270]),
)
sheets = st.lists(
    st.builds(Sheet, st.just(595.0), st.just(842.0), st.lists(runs, max_size=25).map(tuple)), min_size=1, max_size=4
)


@settings(deadline=None)
@given(sheets)
def test_no_run_is_lost_and_parts_fit_whatever_comes(pages: list[Sheet]) -> None:
    text, parts = compose(pages, "fr")
    assert [text[p.start : p.end] for p in parts if text[p.start : p.end].strip() != text[p.start : p.end]] == []
    assert all(a.end < b.start for a, b in pairwise(parts))
    assert all(p.page and 1 <= p.page <= len(pages) for p in parts)
    once = {(n, r) for n, page in enumerate(pages) for r in page.runs}
    printed_letters = sorted(c for _, r in once for c in set(r.text) if c.isalpha())
    assert set(printed_letters) <= {c for c in text if c.isalpha()}


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_runs_in_the_file_does_not_matter(chance: Random) -> None:
    shuffled = [Sheet(p.width, p.height, tuple(chance.sample(p.runs, len(p.runs)))) for p in two_columns()]
    assert compose(shuffled, "fr") == compose(two_columns(), "fr")


@lru_cache
def two_columns() -> list[Sheet]:
    return read_sheets(printed(PAGE.format(columns=2) + WORDS + "\n\n".join(STORY[:12])))


def test_real_minutes_are_read_as_poppler_reads_them_or_better(shared: Path) -> None:
    folder = shared / "data" / "raw" / "council" / "es_la_zarza"
    spec = config.SourceSpec(name="x", kind="folder", address=str(folder), publisher="council", language="es")
    door = open_door(config.defaults(folder), spec, now=NOW, known={})
    found: list[Document] = [o.value for o in read_source(spec, door) if isinstance(o, Done)]
    assert len(found) == 5
    for document in found:
        pages = max(p.page or 0 for p in document.parts)
        headers = [p for p in document.parts if p.kind == "header"]
        assert len({p.page for p in headers}) == pages
        assert "Documento firmado electrónicamente" not in document.body()
        assert "ACTA DEL PLENO Número" in document.text
