"""Reprints joined into stories: recall and precision over pairs, by kind of edit; time and memory over many short texts.

    python benchmarks/stories.py [SEED] [COUNT]      the generated set (2026, 2000)
    python benchmarks/stories.py million [N]         N short texts in one process (1,000,000)

Articles are put together from four passages of the written corpus, each passage used once, and edited as newsrooms do:
cut, given a new lead, names and figures changed, a quote added, wrapped by an agency's lines, reworded by 5, 10 and 20 %
of their words. Beside them stand articles that only share a quotation: those must stay apart.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from discourse.ingest.stories import StoryText, join, join_stretches
from discourse.train import corpora

DAY = datetime(2026, 3, 2, tzinfo=UTC)
Edit = Callable[[list[str], random.Random], str]


def passages(seed: int) -> list[str]:
    """Return the corpus's passages of twenty words or more, shuffled."""
    found = [e.text for e in corpora.read("discourse-v1") if len(e.text.split()) >= 20]
    random.Random(seed).shuffle(found)
    return found


def reworded(share: float) -> Edit:
    """Return the edit that puts other words in place of a share of them."""

    def edit(parts: list[str], chance: random.Random) -> str:
        words = " ".join(parts).split()
        other = words[:]
        for at in chance.sample(range(len(words)), int(share * len(words))):
            other[at] = f"autre{chance.randrange(10_000)}"
        return " ".join(other)

    return edit


def cut(parts: list[str], chance: random.Random) -> str:
    """Keep the first half to three quarters, as a short version does."""
    words = " ".join(parts).split()
    return " ".join(words[: int(len(words) * chance.uniform(0.5, 0.75))])


def renamed(parts: list[str], chance: random.Random) -> str:
    """Change every capitalised word in three and every figure."""
    return " ".join(
        f"Nom{chance.randrange(99)}"
        if w[:1].isupper() and chance.random() < 0.33
        else str(chance.randrange(900))
        if w.isdigit()
        else w
        for w in " ".join(parts).split()
    )


EDITS: dict[str, Edit] = {
    "same text": lambda parts, chance: " ".join(parts),
    "cut to half or more": cut,
    "new lead": lambda parts, chance: f"{LEADS.pop()} {' '.join(parts[1:])}",
    "quote added": lambda parts, chance: f"{' '.join(parts)} {LEADS.pop()}",
    "names and figures": renamed,
    "agency's lines": lambda parts, chance: f"(AFP) - {' '.join(parts)} Copyright AFP. Tous droits réservés.",
    "5 % of words": reworded(0.05),
    "10 % of words": reworded(0.10),
    "20 % of words": reworded(0.20),
}
LEADS: list[str] = []


def generated(seed: int, count: int) -> tuple[list[StoryText], dict[str, tuple[int, str]]]:
    """Return texts, and (story, edit) by text id: originals, one edited copy of most, and sharers of one quotation."""
    chance = random.Random(seed)
    pool = passages(seed)
    LEADS[:] = pool[: count // 4]
    pool = pool[count // 4 :]
    texts: list[StoryText] = []
    truth: dict[str, tuple[int, str]] = {}

    def add(story: int, edit: str, text: str) -> None:
        name = f"{chance.randrange(16**8):08x}-{len(texts)}"
        day = DAY + timedelta(days=chance.randrange(10))
        texts.append(StoryText(id=name, published=day, title="", text=text))
        truth[name] = (story, edit)

    names = list(EDITS)
    stories = min(count, len(pool) // 4)
    for number in range(stories):
        parts = pool[4 * number : 4 * number + 4]
        add(number, "original", " ".join(parts))
        edit = names[number % (len(names) + 1)] if number % (len(names) + 1) < len(names) else ""
        if edit and (LEADS or edit not in ("new lead", "quote added")):
            add(number, edit, EDITS[edit](parts, chance))
        elif number and LEADS:
            add(
                stories + number,
                "shares a quotation",
                f"{LEADS.pop()} {pool[4 * number - 4]} {LEADS.pop() if LEADS else ''}",
            )
    return texts, truth


def pairs(groups: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield every pair of texts in one group."""
    for members in groups.values():
        for i, a in enumerate(members):
            for b in members[i + 1 :]:
                yield a, b


def main(seed: int, count: int) -> None:
    """Print recall by edit, recall and precision over all pairs."""
    texts, truth = generated(seed, count)
    found = join(texts)
    groups: dict[str, list[str]] = {}
    for text, story in found.items():
        groups.setdefault(story, []).append(text)
    wrong = [(a, b) for a, b in pairs(groups) if truth[a][0] != truth[b][0]]
    right = sum(truth[a][0] == truth[b][0] for a, b in pairs(groups))
    originals = {story: text for text, (story, edit) in truth.items() if edit == "original"}
    wanted, hit = Counter[str](), Counter[str]()
    for text, (story, edit) in truth.items():
        if edit in EDITS:
            wanted[edit] += 1
            hit[edit] += found[text] == found[originals[story]]
    print(f"{len(texts)} texts, seed {seed}\n\n| edit | copies | joined |\n|---|---|---|")
    for edit, total in wanted.items():
        print(f"| {edit} | {total} | {hit[edit] / total:.3f} |")
    print(
        f"\nrecall {sum(hit.values()) / sum(wanted.values()):.4f}, precision {right / max(1, right + len(wrong)):.4f}"
    )


def million(count: int) -> None:
    """Join many short texts of 1,500 days, week by week as a run does, and print time and peak memory."""

    def texts() -> Iterator[StoryText]:
        chance = random.Random(1)
        words = [w for e in corpora.read("discourse-v1") for w in e.text.split()]
        for i in range(count):
            at = chance.randrange(len(words) - 40)
            day = DAY + timedelta(days=i * 1500 // count)
            yield StoryText(id=f"{i:08d}", published=day, title="", text=" ".join(words[at : at + 8 + i % 32]))

    start = time.perf_counter()
    weeks = (part for _, part in groupby(texts(), key=lambda t: t.published and t.published.toordinal() // 7))
    stories = len(set(join_stretches(weeks).values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} texts, {stories} stories: {time.perf_counter() - start:.0f} s, peak {peak:.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["million"]:
        million(int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2026, int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
