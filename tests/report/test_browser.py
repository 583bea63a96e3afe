"""The page in a real Chromium: nothing leaves the file, axe-core finds nothing, charts answer, print and zoom hold."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from discourse.report import render
from tests.report import hostile
from tests.report.make import town

pytestmark = pytest.mark.component("chromium")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
SIZES = {
    "desk": (1280, 900, 1),
    "zoomed to 200 %": (640, 450, 2),
    "phone": (360, 740, 2),
    "reflow at 400 %": (320, 256, 4),
}


@dataclass
class Heard:
    """What a page said and asked for while it was open."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages: the town in French and English, and the attacked one, each a file of its own."""
    folder, data = tmp_path_factory.mktemp("pages"), town().data()
    made = {"fr": render(data, "fr", "html"), "en": render(data, "en", "html")}
    made["hostile"] = render(hostile.town().data(), "fr", "html")
    for name, said in made.items():
        (folder / f"{name}.html").write_bytes(next(iter(said.values())))
    return {name: folder / f"{name}.html" for name in made}


def opened(browser: Any, file: Path, *, size: str = "desk", scheme: str = "light") -> tuple[Any, Heard]:
    width, height, density = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=density, color_scheme=scheme,
        reduced_motion="reduce", bypass_csp=False,
    )  # fmt: skip
    heard = Heard()
    page.on("console", lambda m: heard.errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: heard.errors.append(str(e)))
    page.on("request", lambda r: heard.requests.append(r.url))

    def dialog(shown: Any) -> None:
        heard.dialogs.append(shown.message)
        shown.dismiss()

    page.on("dialog", dialog)
    page.goto(file.as_uri())
    return page, heard


def axe(page: Any) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 A and AA, one line a node."""
    source = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    page.evaluate(source)
    said = page.evaluate("(tags) => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG)
    return [f"{v['id']}: {n['html'][:120]}" for v in said["violations"] for n in v["nodes"]]


@pytest.mark.parametrize("name", ["fr", "en", "hostile"])
def test_nothing_is_asked_of_the_network_and_nothing_complains(browser: Any, files: dict[str, Path], name: str) -> None:
    page, heard = opened(browser, files[name])
    page.mouse.wheel(0, 20_000)
    page.wait_for_timeout(100)
    assert heard == Heard(requests=[files[name].as_uri()])
    page.close()


@pytest.mark.parametrize("name", ["fr", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_of_wcag_22_aa(browser: Any, files: dict[str, Path], name: str, scheme: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed here")
    page, _ = opened(browser, files[name], scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert axe(page) == []
    page.close()


def test_axe_finds_no_violation_on_a_phone(browser: Any, files: dict[str, Path]) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed here")
    page, _ = opened(browser, files["fr"], size="phone")
    assert axe(page) == []
    page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["fr", "hostile"])
def test_no_size_scrolls_sideways(browser: Any, files: dict[str, Path], name: str, size: str) -> None:
    page, _ = opened(browser, files[name], size=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    page.close()


def test_the_keyboard_walks_through_every_chart(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["en"])
    charts = page.locator(".chart")
    assert charts.count() == 10
    for i in range(charts.count()):
        chart = charts.nth(i)
        plot, readout = chart.locator(".plot"), chart.locator(".readout")
        notes = plot.locator("svg.wide .mark").evaluate_all("marks => marks.map(m => m.dataset.note)")
        plot.focus()
        page.keyboard.press("ArrowRight")
        assert readout.text_content() == plot.get_attribute("aria-valuetext") == notes[0]
        page.keyboard.press("ArrowRight")
        assert readout.text_content() == notes[min(1, len(notes) - 1)]
        page.keyboard.press("End")
        assert readout.text_content() == notes[-1]
        page.keyboard.press("ArrowLeft")
        assert readout.text_content() == notes[max(0, len(notes) - 2)]
        page.keyboard.press("Escape")
        assert chart.locator(".mark.on").count() == 0
        assert "live" not in (readout.get_attribute("class") or "").split()
    page.close()


def test_tab_reaches_charts_and_their_tables_in_order(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["en"])
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.className || document.activeElement.tagName"))
        page.keyboard.press("Escape")
    assert seen[0] == "skip"
    assert seen.index("plot") < seen.index("SUMMARY")
    page.close()


def test_enter_on_a_concern_leads_to_it(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["en"])
    mark = page.locator("svg.wide .mark[data-href]").first
    plot = page.locator(".plot", has=mark)
    plot.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == f"#{(mark.get_attribute('data-href') or '').lstrip('#')}"
    page.close()


def test_the_pointer_shows_what_a_mark_says(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["en"])
    for chart in page.locator(".chart").all():
        mark = chart.locator("svg.wide .mark").last
        mark.scroll_into_view_if_needed()
        mark.hover(force=True)
        assert chart.locator(".readout").text_content() == mark.get_attribute("data-note")
    page.close()


def test_every_chart_has_its_table_behind_it(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["en"])
    for chart in page.locator(".chart").all():
        chart.locator("summary").click()
        assert chart.locator("table").is_visible()
        assert chart.locator("tbody tr").count() > 0
    page.close()


@pytest.mark.parametrize("size", ["desk", "phone"])
@pytest.mark.parametrize("name", ["fr", "hostile"])
def test_no_word_of_a_chart_stands_outside_its_sheet(
    browser: Any, files: dict[str, Path], name: str, size: str
) -> None:
    page, _ = opened(browser, files[name], size=size)
    outside = page.evaluate("""() => [...document.querySelectorAll('.plot svg')].filter(s => s.getBoundingClientRect().width)
        .flatMap(s => { const b = s.getBoundingClientRect(); return [...s.querySelectorAll('text')].filter(t => {
            const r = t.getBoundingClientRect(); return r.left < b.left - 1 || r.right > b.right + 1 || r.bottom > b.bottom + 1; })
            .map(t => t.textContent); })""")
    assert outside == []
    page.close()


@pytest.mark.component("poppler")
def test_print_gives_pages_with_whole_charts(browser: Any, files: dict[str, Path], tmp_path: Path) -> None:
    page, _ = opened(browser, files["fr"])
    titles = page.locator(".chart .title").all_text_contents()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 665, "height": 980})  # what A4 leaves between its margins, at 96 to the inch
    tallest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.chart')].map(c => c.getBoundingClientRect().height))"
    )
    page.pdf(path=str(tmp_path / "print.pdf"), prefer_css_page_size=True)
    said = subprocess.run(
        ["pdftotext", "-layout", "print.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    assert tallest < 970, "a chart higher than a page is cut in two"
    assert len(said.split("\f")) > 5
    assert all(" ".join(t.split()) in " ".join(said.split()) for t in titles)
    page.close()


def test_hostile_text_is_shown_as_text_and_runs_nothing(browser: Any, files: dict[str, Path]) -> None:
    page, heard = opened(browser, files["hostile"])
    for link in page.locator(".contents a").all()[:4]:
        link.click()
    for plot in page.locator(".plot").all():
        plot.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
    shown = page.locator("body").inner_text()
    assert all(attack in shown for attack in ("<script>alert(1)</script>", "{{ 7*7 }}", "<img src=x onerror=alert(1)>"))
    assert heard.dialogs == heard.errors == []
    assert page.evaluate("[document.scripts.length, document.images.length, frames.length]") == [1, 0, 0]
    links = json.loads(page.evaluate("JSON.stringify([...document.links].map(a => a.protocol))"))
    assert set(links) <= {"http:", "https:", "file:"}
    page.close()
