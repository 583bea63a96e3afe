"""What goes out to a labelling tool comes back the same; what is wrong is named."""

from __future__ import annotations

import pytest

from discourse.errors import CorpusError
from discourse.train import corpora, exchange

ROWS = [exchange.plain(row) for row in list(corpora.rows_of(corpora.folder("discourse-v1")))[:400]]
TOOLS = {
    "label studio": (exchange.to_label_studio, exchange.from_label_studio),
    "doccano": (exchange.to_doccano, exchange.from_doccano),
    "csv": (exchange.to_csv, exchange.from_csv),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_round_trip_changes_nothing(tool: str) -> None:
    out, back = TOOLS[tool]
    assert back(out(ROWS)) == ROWS


def test_an_unknown_label_is_named_with_its_place() -> None:
    wrong = exchange.to_doccano(ROWS[:2]).replace("relevance:", 'concern:nothing_known", "relevance:', 1)
    with pytest.raises(CorpusError, match=r"line 1, field concern: unknown label 'nothing_known'"):
        exchange.from_doccano(wrong)


def test_a_foreign_file_is_named() -> None:
    with pytest.raises(CorpusError, match="not JSON"):
        exchange.from_label_studio("hello")
    with pytest.raises(CorpusError, match="lacks"):
        exchange.from_label_studio('[{"data": {}}]')
    with pytest.raises(CorpusError, match="no column"):
        exchange.from_csv("a,b\n1,2\n")
