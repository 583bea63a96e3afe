"""The council's sessions: deliberations in the national columns, minutes as PDF."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from valmorel.setting import HERE, SETTING, Item, Town, bank, meetings
from valmorel.texts import slots, write, written_day

COLUMNS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip
SEATS = 35


@dataclass(frozen=True, kw_only=True)
class Session:
    """One evening of the council: what was debated, then what was adopted without debate."""

    day: date
    week: int
    debated: list[Item]
    agreed: list[Item]

    @property
    def title(self) -> str:
        """Return what the minutes are called."""
        return f"Procès-verbal de la séance du mardi {written_day(self.day, 'fr')}"

    @property
    def minutes(self) -> str:
        """Return where the minutes lie."""
        return f"council/pv/PV-{self.day.isoformat()}.pdf"

    def delib_id(self, number: int) -> str:
        """Return the identifier of the n-th item."""
        return f"{self.day.isoformat()}-{number:02d}"

    def delib_url(self, number: int) -> str:
        """Return the address of the n-th item."""
        return f"https://{SETTING['council_host']}/deliberations/{self.delib_id(number)}.pdf"


def sessions(town: Town) -> list[Session]:
    """Return the sessions; the event is debated at the first after it begins and followed up at the next."""
    rows = [r for r in bank("council") if r.get("event") in (None, town.event)]
    town.rng("council").shuffle(rows)
    rows.sort(key=lambda r: town.concern in r["truth"]["concern"])
    weeks = meetings(town)
    after = [w for w in weeks if town.started(w)]
    held = []
    for week in weeks:
        hot, follow = after[:1] == [week], after[:2][-1:] == [week]
        debated = [
            *_take(rows, 2 if hot else 0, kind="debate", event=True),
            *_take(rows, 1 if hot else 2, kind="debate", about=True),
            *_take(rows, 2, kind="debate", about=False),
        ]
        agreed = [
            *_take(rows, 2 if follow else 0, kind="deliberation", event=True),
            *_take(rows, 0 if follow else 1, kind="deliberation", about=True),
            *_take(rows, 2, kind="deliberation", about=False),
        ]
        town.rng("agenda", week).shuffle(debated)
        held.append(Session(day=town.day(week, 1), week=week, debated=debated, agreed=agreed))
    return held


def _take(rows: list[Item], n: int, *, kind: str, about: bool = True, event: bool = False) -> list[Item]:
    """Take the first ``n`` rows of a kind off the list."""
    found = [r for r in rows if (r["kind"], r["truth"]["relevance"], "event" in r) == (kind, about, event)][:n]
    for row in found:
        rows.remove(row)
    return found


def write_council(out: Path, town: Town, held: list[Session]) -> None:
    """Write the table of deliberations and each session's minutes."""
    table = io.StringIO(newline="")
    sheet = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    sheet.writeheader()
    for session in held:
        for number, item in enumerate([*session.debated, *session.agreed], start=1):
            sheet.writerow(_row(session, number, item))
        _print_minutes(out / session.minutes, town, session)
    write(out / "council" / "deliberations.csv", table.getvalue())


def _row(session: Session, number: int, item: Item) -> dict[str, str]:
    code, (yes, no, none) = item["matiere"], item["vote"]
    matters, money = SETTING["matters"], item["matiere"].startswith("7.")
    values = (
        "Ville de Valmorel-sur-Loire", SETTING["siret"], session.delib_id(number), session.day.isoformat(),
        code, f"{matters[code[0]]}/{matters[code]}", item["title"],
        str(session.day.year) if money else "", "Budget principal" if money else "",
        "PREF099", (session.day + timedelta(days=6)).isoformat(),
        str(SEATS), str(yes + no + none), str(yes), str(no), str(none), session.delib_url(number),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _vote(item: Item) -> str:
    yes, no, none = item["vote"]
    if yes == SEATS:
        return "Adopté à l'unanimité."
    fate = "Adopté" if yes > no else "Rejeté"
    return f"{fate} : {yes} pour, {no} contre, {none} abstention{'s' * (none > 1)}."


def _print_minutes(path: Path, town: Town, session: Session) -> None:
    import typst

    path.parent.mkdir(parents=True, exist_ok=True)
    typst.compile(
        str(HERE / "layouts" / "minutes.typ"),
        output=str(path),
        sys_inputs={"data": json.dumps(_content(town, session))},
        timestamp=int(datetime.combine(session.day, time(18, 30), UTC).timestamp()),
        ignore_system_fonts=True,
    )


def _content(town: Town, session: Session) -> Item:
    """Return what the minutes say."""
    rng, people = town.rng("minutes", session.week), SETTING["council"]
    secretary = rng.choice(people["benches"])
    present = [*people["majority"], *people["opposition"], *people["benches"]]
    late = rng.choice(("20 h 50", "21 h 35", "22 h 10", "22 h 40"))
    items = []
    for number, item in enumerate(session.debated, start=1):
        paragraphs = [slots(town, item["id"])(p) for p in item["paragraphs"]]
        items.append({"number": number, "title": item["title"], "paragraphs": paragraphs, "vote": _vote(item)})
    return {
        "title": session.title,
        "opening": [
            f"Le {written_day(session.day, 'fr')} à 18 h 30, le conseil municipal, légalement convoqué, s'est réuni à "
            "l'hôtel de ville sous la présidence de Mme Hélène Garnaud, maire.",
            f"Étaient notamment présents : {', '.join(present)}. Trente-cinq membres sont présents ou représentés ; le "
            "quorum est atteint.",
            f"Secrétaire de séance : {secretary}. Le procès-verbal de la séance précédente est approuvé sans observation.",
        ],
        "items": items,
        "agreed_number": len(items) + 1,
        "agreed": [f"{item['title']}. {_vote(item)}" for item in session.agreed],
        "closing": [f"L'ordre du jour étant épuisé, Mme LE MAIRE lève la séance à {late}."],
    }
