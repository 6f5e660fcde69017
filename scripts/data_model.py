"""Draws the tables into docs/data-model.md, from a database that the migrations have made.

``make data-model`` writes the page; a test fails when it is not current.
"""

import importlib
import pkgutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, Inspector, Table, create_engine, inspect
from sqlalchemy.engine import make_url

from billing_client.store import tables
from bot.commands import database
from bot.embedded_database import EmbeddedDatabase

PAGE = Path(__file__).parents[1] / "docs" / "data-model.md"
BEGIN, END = "<!-- picture: begin (make data-model) -->", "<!-- picture: end -->"
BOOKKEEPING = frozenset({"alembic_version"})
TITLES = {
    "accounts": "Accounts, meters, readings",
    "api": "Keys and answers of the HTTP API",
    "arrears": "Waivers and dunning",
    "audit": "Audit",
    "bills": "Tariffs and bills",
    "books": "Ledger",
    "corrections": "Corrections",
    "identity": "Who may see which account",
    "payment": "Payments and agreements",
    "readings": "Readings handed in",
    "service": "Orders, outages, notices",
    "tenure": "Owners and terms",
}


@dataclass(frozen=True)
class Drawn:
    """A table: its key with types, its other references, and whom it refers to."""

    name: str
    key: Mapping[str, str]
    references: Mapping[str, str]
    refers_to: tuple[str, ...]


def picture(database_url: str) -> str:
    """The part of the page between the marks."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        groups = [("channels", "Conversations", _tables(engine, "channels"))]
        billing = {drawn.name: drawn for drawn in _tables(engine, "billing")}
        for module, names in _modules():
            title = TITLES.get(module, module.replace("_", " ").capitalize())
            groups.append(("billing", title, [billing[name] for name in names]))
    finally:
        engine.dispose()
    return "\n\n".join(_diagram(*group) for group in groups)


def page_with(drawn: str, page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, f"docs/data-model.md has lost its marks {BEGIN} … {END}"
    return f"{before}{BEGIN}\n{drawn}\n{END}{after}"


def _modules() -> Iterator[tuple[str, list[str]]]:
    """The modules of the tables with the names of theirs, as they are grouped in the code."""
    for found in pkgutil.iter_modules(tables.__path__):
        module = importlib.import_module(f"{tables.__name__}.{found.name}")
        own = [value for value in vars(module).values() if isinstance(value, Table)]
        if own:
            yield found.name, [table.name for table in own]


def _tables(engine: Engine, schema: str) -> list[Drawn]:
    looking = inspect(engine)
    return [
        _drawn(looking, schema, name)
        for name in sorted(looking.get_table_names(schema))
        if name not in BOOKKEEPING
    ]


def _drawn(looking: Inspector, schema: str, name: str) -> Drawn:
    types = {
        column["name"]: _word(column["type"].compile(looking.engine.dialect))
        for column in looking.get_columns(name, schema)
    }
    key = looking.get_pk_constraint(name, schema)["constrained_columns"]
    foreign = looking.get_foreign_keys(name, schema)
    referring = [column for one in foreign for column in one["constrained_columns"]]
    references = {column: types[column] for column in referring if column not in key}
    return Drawn(
        name,
        {column: types[column] for column in key},
        references,
        tuple(sorted({one["referred_table"] for one in foreign} - {name})),
    )


def _word(type_name: str) -> str:
    """One word for Mermaid: 'TIMESTAMP WITH TIME ZONE' is a timestamptz."""
    short = type_name.lower().replace("timestamp with time zone", "timestamptz")
    return short.replace("[]", "_array").replace(" ", "_").split("(")[0]


def _diagram(schema: str, title: str, drawn: Iterable[Drawn]) -> str:
    lines = ["```mermaid", "erDiagram"]
    for table in drawn:
        lines += _entity(table)
        lines += [f"  {other} ||--o{{ {table.name} : has" for other in table.refers_to]
    return "\n".join([f"### {title} (`{schema}`)", "", *lines, "```"])


def _entity(table: Drawn) -> Iterator[str]:
    yield f"  {table.name} {{"
    for column, kind in table.key.items():
        yield f"    {kind} {column} PK"
    for column, kind in table.references.items():
        yield f"    {kind} {column} FK"
    yield "  }"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="xiaoshui-tables-") as folder:
        Path(folder).chmod(0o711)  # as root the server runs as another user
        server = EmbeddedDatabase(Path(folder) / "postgres", durable=False)
        server.prepare()
        process = server.start()
        try:
            server.wait_until_ready(process)
            database.upgrade(server.url)
            drawn = picture(server.url)
        finally:
            server.stop(process)
    PAGE.write_text(page_with(drawn, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE} is drawn.")


if __name__ == "__main__":
    sys.exit(main())
