"""Running and timing: our program as a process of its own, anything else as a call."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence


@dataclass
class Run:
    """What a process took."""

    seconds: float
    megabytes: float
    code: int


def run(command: Sequence[str | Path], output: Path | None = None, allowed: Sequence[int] = (0,)) -> Run:
    """Runs a command to its end; its stdout goes to a file or nowhere. Any other exit code than those allowed raises."""
    with open(output or os.devnull, "wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {process.returncode}: {said.decode()[-2000:]}")
    return Run(seconds, usage.ru_maxrss / 1024, process.returncode)


def timed(call: Callable[[], object]) -> float:
    """The seconds a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def median_of(rounds: int, call: Callable[[], float]) -> float:
    """The median of so many rounds, each of which gives its seconds."""
    return statistics.median(call() for _ in range(rounds))


def readable(seconds: float) -> str:
    """Seconds as a person writes them."""
    if seconds < 0.01:
        return f"{seconds * 1000:.2f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
