"""What received files cover, remembered: it counts also where file and scope were moved away since.

Whoever clears the inbox would otherwise bring back every card that an export had withdrawn, and let
every export through that waits for an answer.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from flows.inbox import name_of
from flows.scope import SUFFIX, Scope, ScopeError, read_scope, scope_from
from flows.store import Store
from flows.toml_file import LARGEST


def remember_scopes(store: Store, files: list[Path]) -> dict[str, str]:
    """Take over the scope files of the inbox; one removed from beside its file is taken back.

    Args:
        store: its state keeps them.
        files: as of `inbox_files`.

    Returns:
        By inbox file, what is wrong with its scope file; the last good one counts.
    """
    home, known = store.home, _said(store)
    here, scoped = {name_of(home, file) for file in files}, set()
    changed, wrong = {}, {}
    for sidecar in home.inbox.rglob(f"*{SUFFIX}"):
        file = sidecar.with_name(sidecar.name.removesuffix(SUFFIX))
        name = name_of(home, file)
        scoped.add(name)
        with sidecar.open(encoding="utf-8-sig", errors="replace") as stream:
            said = stream.read(LARGEST)
        if said == known.get(name):
            continue
        try:
            read_scope(file)
        except ScopeError as error:
            if name in here or name in known:
                wrong[name] = str(error)
        else:
            changed[name] = said
    execute = store.connection.execute
    for name in (here - scoped) & known.keys():
        execute("delete from state.scope where source_file = ?", [name])
    for name, said in changed.items():
        execute("insert or replace into state.scope values (?, ?)", [name, said])
    return wrong


def known_scopes(store: Store) -> dict[str, Scope]:
    """The scope of every inbox file, or archive of them, that has one."""
    return {name: scope_from(tomllib.loads(said), name) for name, said in _said(store).items()}


def scope_of(scopes: dict[str, Scope], source_file: str) -> Scope:
    """The scope of a file, or of the archive it lies in; without one it is an increment."""
    return scopes.get(source_file.split("!", 1)[0], Scope())


def _said(store: Store) -> dict[str, str]:
    rows = store.connection.execute("select source_file, said from state.scope").fetchall()
    return dict(rows)
