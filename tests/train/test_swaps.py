"""A copy with another group or name differs by that word alone, keeps its labels, and is the same every time."""

from __future__ import annotations

from discourse.train import swaps
from discourse.train.corpora import Example

ROW = Example(id="x", text="Les Afghans arrivent; Les Afghans restent.", lang="fr", known={"relevance": 1.0})


def test_copies_differ_by_the_group_alone_and_weigh_less() -> None:
    made = swaps.swapped([ROW], each=2, weight=0.5)
    assert len(made) == 2
    assert len({e.text for e in made} | {ROW.text}) == 3
    for copy in made:
        other = copy.text.split()[1]
        assert copy.text == ROW.text.replace("Afghans", other)
        assert (copy.known, copy.weight) == (ROW.known, 0.5)
    assert [e.text for e in made] == [e.text for e in swaps.swapped([ROW], each=2)]


def test_a_text_that_names_nobody_has_no_copy() -> None:
    plain = Example(id="y", text="Le conseil a voté le budget.", lang="fr", known={"relevance": 0.0})
    assert swaps.swapped([plain]) == []
