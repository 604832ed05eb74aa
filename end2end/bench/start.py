"""The start of the server on the loaded store, from exec to the first time it says that it is ready."""

import http.client
import socket
import subprocess
import time
from pathlib import Path

from measure import median_of


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def is_ready(port: int) -> bool:
    asked = http.client.HTTPConnection("127.0.0.1", port)
    try:
        asked.request("GET", "/readyz")
        return asked.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        asked.close()


def start(program: Path, store: Path) -> float:
    """Seconds of one start."""
    port = free_port()
    begin = time.perf_counter()
    command = [program, "serve", "--addr", f"127.0.0.1:{port}", "--data", store, "--quiet"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not is_ready(port):
            if server.poll() is not None:
                raise SystemExit(f"serve ended with {server.returncode}")
            time.sleep(0.001)
        return time.perf_counter() - begin
    finally:
        server.terminate()
        server.wait()


def measure(program: Path, store: Path, rounds: int) -> float:
    return median_of(rounds, lambda: start(program, store))
