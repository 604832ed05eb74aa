"""Running and timing: our program as a process of its own, anything else as a call."""

import os
import statistics
import subprocess
import sys
import tempfile
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


# A process of its own, because a new process counts the memory of the one that starts it as its own: this one holds
# the marks of a district, and what its peers left behind.
STARTER = """
import os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - begin
with open(sys.argv[1], "w") as told:
    told.write(f"{seconds} {usage.ru_maxrss / 1024} {os.waitstatus_to_exitcode(status)}")
"""


def run(command: Sequence[str | Path], output: Path | None = None, allowed: Sequence[int] = (0,)) -> Run:
    """Runs a command to its end; its stdout goes to a file or nowhere. Any other exit code than those allowed raises."""
    with open(output or os.devnull, "wb") as out, tempfile.NamedTemporaryFile("r") as told:
        starter = [sys.executable, "-I", "-S", "-c", STARTER, told.name]
        done = subprocess.run([*starter, *map(str, command)], stdout=out, stderr=subprocess.PIPE, check=True)
        seconds, megabytes, code = told.read().split()
    if int(code) not in allowed:
        raise SystemExit(f"{' '.join(map(str, command))}\nended with {code}: {done.stderr.decode()[-2000:]}")
    return Run(float(seconds), float(megabytes), int(code))


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
