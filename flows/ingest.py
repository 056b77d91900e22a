"""New files of the inbox -> raw: every row kept as text before anything else is judged."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.durable import DRAFT
from flows.inbox import Mark, inbox_files, known_marks, name_of, remember, size_of
from flows.known_scope import remember_scopes
from flows.load import Loader
from flows.open_file import Opened, open_file
from flows.scope import ScopeError
from flows.sheet_record import told
from flows.store import Store
from flows.text import STILL_WRITTEN, UnreadableFileError

#: Files are read ahead until they are so long together: one large one, for they lie in memory.
AHEAD_BYTES = 1 << 20
#: What a file counts at least, so that a night that breaks off does not wait for thousands.
LEAST_BYTES = 1 << 14


@dataclass(frozen=True)
class FileFault:
    """A file-level finding, before it has a place in the findings' table."""

    rule_id: str
    source_file: str
    reason: str
    field: str | None = None
    source_row: int | None = None


def ingest(
    store: Store, as_of: date, say: Callable[[str], None] = lambda line: None
) -> list[FileFault]:
    """Load what is new in the inbox; a file seen before adds nothing.

    Args:
        store: raw and state.
        as_of: the night's date, taken as the day of receipt of a new file.
        say: told one line per file.

    Returns:
        Faults of files that will be read again next night (still being written, bad scope); the
        faults of files read for good stand in `state.sheet`.
    """
    home = store.home
    for left_over in home.raw.glob(f"*{DRAFT}"):  # of a night that was killed while it wrote
        left_over.unlink()
    known = {row[0] for row in store.connection.execute("select sha256 from state.seen").fetchall()}
    untouched, read_for_good = known_marks(store), dict[str, Mark]()
    files = inbox_files(home)
    wrong = remember_scopes(store, files)
    waiting = [FileFault("file.scope_unreadable", name, said) for name, said in wrong.items()]

    def opened(path: Path) -> Opened | None:
        found = open_file(home, path, untouched.get(name_of(home, path)), known)
        if found is not None:
            known.add(found.digest)
        return found

    def take(name: str, reading: Future[Opened | None]) -> None:
        try:
            found = reading.result()
        except FileNotFoundError:
            waiting.append(FileFault(STILL_WRITTEN, name, "文件在读取前被移走。"))
            return
        except ScopeError:
            return  # said above
        except UnreadableFileError as fault:
            loader.finish()  # what is said keeps the order of the files
            say(f"{name}：{fault}")
            waiting.append(FileFault(fault.rule_id, name, str(fault)))
            return
        if found is None:
            return
        if found.is_resting:
            read_for_good[name] = found.mark
        if found.sheets is None:
            loader.again(name, found, lambda records: say(f"{name}：与此前收到的内容相同"))
        else:
            loader.load(name, found, found.sheets, lambda records: say(told(name, records)))

    to_read, ahead = deque(files), deque[tuple[str, int, Future[Opened | None]]]()
    reader = ThreadPoolExecutor(1)

    def read_ahead() -> None:
        while to_read and sum(size for _, size, _ in ahead) <= AHEAD_BYTES:
            path = to_read.popleft()
            size = max(size_of(path), LEAST_BYTES)
            ahead.append((name_of(home, path), size, reader.submit(opened, path)))

    try:
        with Loader(store, as_of) as loader:
            read_ahead()
            while ahead:
                name, _, reading = ahead.popleft()
                read_ahead()  # while this one is settled
                take(name, reading)
                del reading
    finally:
        reader.shutdown(cancel_futures=True)
    remember(store, read_for_good)
    return waiting
