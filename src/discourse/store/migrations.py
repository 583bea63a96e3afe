"""Forward-only changes of the schema. A store of a newer release is refused, an older one is brought up to date."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, inspect, select

from discourse.errors import StoreError
from discourse.store import schema, search


def _first(connection: Connection) -> None:
    schema.metadata.create_all(connection)
    search.create(connection)


STEPS: tuple[Callable[[Connection], None], ...] = (_first,)
"""Step ``n`` brings a store from version ``n`` to ``n + 1``; steps are never edited once released, only added."""


def version(connection: Connection) -> int:
    """Return the version of the schema that a store has, 0 for an empty one."""
    if not inspect(connection).has_table("meta"):
        return 0
    row = connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == "schema")).scalar()
    return int(row) if row else 0


def migrate(connection: Connection) -> int:
    """Apply the steps a store lacks and return its version; raise ``StoreError`` when it is from a newer release."""
    have = version(connection)
    if have > len(STEPS):
        raise StoreError(
            f"the store has schema {have}, this release knows {len(STEPS)}.",
            remedy="Install the newer release that wrote it.",
        )
    for step in STEPS[have:]:
        step(connection)
    if have < len(STEPS):
        connection.execute(schema.meta.delete().where(schema.meta.c.key == "schema"))
        connection.execute(schema.meta.insert().values(key="schema", value=str(len(STEPS))))
    return len(STEPS)
