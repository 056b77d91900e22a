"""A process that draws while its caller makes the pages around the drawings.

vl-convert starts a JavaScript engine first, and holds Python's lock for as long as it draws: in the
caller's own process everything else would wait. The process reads a figure a line and answers each
with a line; it ends when its input does, so that it never outlives its caller.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from flows.figures.theme import Figure


class DrawingError(Exception):
    """A figure could not be drawn; the text is what the drawing process said."""


class Press:
    """Draws one figure after the other; nothing runs before the first is asked for or `warm`."""

    def __init__(self) -> None:
        """Use it in a `with`, at whose end the process is over."""
        self._process: subprocess.Popen[bytes] | None = None
        self._line = ThreadPoolExecutor(1, "drawing")

    def __enter__(self) -> Press:
        """The press itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave undrawn what nobody waited for."""
        self._line.shutdown(cancel_futures=True)
        if self._process is not None:
            # Closes its input, of which a dead one may have left a part, and waits for its end.
            with suppress(BrokenPipeError), self._process:
                pass

    def warm(self) -> None:
        """Start the engine, half a second's work, before the first figure is known."""
        self._line.submit(self._drawn, {"data": {"values": []}, "mark": "point"}, "")

    def draw(self, figure: Figure, title_zh: str) -> Future[str]:
        """`image.as_svg` of the figure; its result raises DrawingError where that failed."""
        return self._line.submit(self._drawn, figure, title_zh)

    def _drawn(self, figure: Figure, title_zh: str) -> str:
        process = self._process = self._process or _started()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps([figure, title_zh]).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            raise DrawingError(f"the drawing process ended with {process.wait()}")
        said: dict[str, str] = json.loads(answer)
        if "svg" not in said:
            raise DrawingError(said["error"])
        return said["svg"]


def _started() -> subprocess.Popen[bytes]:
    """The process, with the code of this one whatever the working directory holds."""
    own = str(Path(__file__).parents[2])
    paths = [own, *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "flows.figures.press"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def main() -> None:
    """Answer every line of [figure, title] with a line of {svg} or {error}."""
    from flows.figures.image import as_svg  # the caller has no use for the engine

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller, interrupted too, closes the input
    for line in sys.stdin.buffer:
        figure, title_zh = json.loads(line)
        try:
            answer = {"svg": as_svg(figure, title_zh)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
