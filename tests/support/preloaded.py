"""Programs in processes of their own that do not wait for torch: forked from one that has imported it.

A process for each command is what a user has, and half of its time is the import of libraries, which are the same for all.
What is under test (emobench, its plugins and their entry points) is imported in the fork alone, as in a new process, also
what has been installed since. What a fork has not: a hash seed of its own, what Python reads from its variables when it
starts, the prefix of a virtual environment, and functions that are called at the exit. Where a fork is not safe, on anything
but Linux, a program is started in the plain way.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Protocol

from tests import ROOT

LIBRARIES = "torch, torch._dynamo, torchvision, sklearn.metrics, scipy.stats, pandas, pyarrow, pydantic, click, jinja2"

LIMIT = 1200
"""Seconds after which a program hangs, and is ended: the longest takes minutes on a busy machine."""

_SERVER = f"""
import json, os, runpy, signal, site, sys, traceback
import {LIBRARIES}
from tests import ROOT

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child:
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    code = 1
    signal.alarm({LIMIT})
    try:
        for number, name in ((0, os.devnull), (1, order["stdout"]), (2, order["stderr"])):
            os.dup2(os.open(name, os.O_RDWR | os.O_APPEND), number)
        sys.stdin = open(0, closefd=False)
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["cwd"])
        further = order["environment"].get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:] = [path for path in (order["cwd"], *further, *sys.path) if path]
        sys.executable = order["python"]
        for folder in order["packages"]:
            site.addsitedir(folder)
        sys.argv = order["command"]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
"""


class Program(Protocol):
    """A program at work: a child of this process, or of the interpreter that it was forked from."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return the exit code, ``None`` while it is at work."""

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when it has ended."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""


class _Forked:
    """A program that was forked; its exit code is the next line of the interpreter."""

    def __init__(self, pid: int, answers: IO[bytes]) -> None:
        self.pid = pid
        self._answers = answers
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._code if self._code is not None else self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._code if self._code is not None else self._read(timeout)
        if code is None:
            raise TimeoutError(f"process {self.pid} is at work after {timeout} s")
        return code

    def send_signal(self, sig: int) -> None:
        os.kill(self.pid, sig)

    def _read(self, timeout: float | None) -> int | None:
        if select.select([self._answers], [], [], timeout)[0]:
            self._code = int(self._answers.readline())
        return self._code


class Preloaded:
    """An interpreter with its libraries imported, and programs that are forked from it, one at a time."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._last: _Forked | None = None

    def run(
        self,
        module: str,
        *arguments: object,
        venv: Path | None = None,
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m module arguments`` and return what became of it.

        Args:
            module: as after ``-m``.
            arguments: of the program.
            venv: a virtual environment that sees the libraries of this one; this one by default.
            cwd: where it works; here by default.
            variables: all of its environment variables; those of this process by default. The import of the libraries saw
                those of this process when the first program was started.
        """
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "stdout"), Path(folder, "stderr")
            program = self.start(module, *arguments, out=out, err=err, venv=venv, cwd=cwd, variables=variables)
            try:
                code = program.wait(LIMIT + 60)  # a fork ends itself before
            except subprocess.TimeoutExpired:
                program.send_signal(signal.SIGTERM)
                raise
            told = out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        return subprocess.CompletedProcess([module, *map(str, arguments)], code, *told)

    def start(
        self,
        module: str,
        *arguments: object,
        out: Path,
        err: Path,
        venv: Path | None = None,
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Program:
        """Start what :meth:`run` runs, and write what it says into two files, or into one."""
        python = sys.executable if venv is None else str(interpreter(venv))
        command = [module, *map(str, arguments)]
        own = dict(os.environ if variables is None else variables)
        where = str(cwd or Path.cwd())
        for path in (out, err):
            path.write_text("")
        if sys.platform != "linux":
            with out.open("a") as stdout, err.open("a") as stderr:
                return subprocess.Popen([python, "-m", *command], cwd=where, env=own, stdout=stdout, stderr=stderr)
        order = {
            "python": python,
            "packages": [] if venv is None else [str(packages(venv))],
            "command": command,
            "environment": own,
            "cwd": where,
            "stdout": str(out),
            "stderr": str(err),
        }
        self._end_last()
        if self._server is None:
            pipe = subprocess.PIPE
            # Without a buffer: what waits in one is not seen by select.
            self._server = subprocess.Popen([sys.executable, "-c", _SERVER], stdin=pipe, stdout=pipe, bufsize=0)
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order).encode() + b"\n")
        self._last = _Forked(int(self._server.stdout.readline()), self._server.stdout)
        return self._last

    def _end_last(self) -> None:
        """End the program before, which a test that failed may have left at work: its exit code comes next otherwise."""
        if self._last is not None and self._last.poll() is None:
            self._last.send_signal(signal.SIGKILL)
            self._last.wait(60)

    def close(self) -> None:
        """End the interpreter, and the last program if it is at work."""
        self._end_last()
        if self._server is not None:
            self._server.kill()
            self._server.communicate()
            self._server = None


HERE = Preloaded()
"""For all tests of a session, which ends it."""


def knowing(folder: Path, name: str, **modules: str) -> dict[str, str]:
    """Return environment variables with which processes find a plugin as if it were installed.

    Args:
        folder: where its metadata are written, and where modules of its own may lie.
        name: of the distribution.
        **modules: what the entry points of this name lead to; those of tests among them.
    """
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir(parents=True, exist_ok=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    entry_points = "".join(f"{point} = {module}\n" for point, module in modules.items())
    (information / "entry_points.txt").write_text(f"[emobench]\n{entry_points}")
    paths = [str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def interpreter(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def packages(venv: Path) -> Path:
    """Return where pip installs into a virtual environment."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(venv)}))
