"""What the command line imports, and what the shells make of the script for completion."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emobench import cli


def test_completion_of_names_imports_nothing_heavy() -> None:
    code = (
        "import sys; from click.shell_completion import ShellComplete; from emobench.cli import cli\n"
        "complete = ShellComplete(cli, {}, 'emobench', 'X').get_completions\n"
        "found = complete(['run', '--suite'], '') + complete(['check'], '')\n"
        "found += complete(['run', '--suite', 'paper-replication', '--only'], '')\n"
        "print(len(found) > 60, [m for m in ('torch', 'pandas', 'numpy', 'sklearn', 'mlflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "[]"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_is_one_of_its_shell(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.invoke(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert f"_EMOBENCH_COMPLETE={shell}_complete" in text
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here to read it")
    (tmp_path / "script").write_text(text)
    subprocess.run([program, "-n", str(tmp_path / "script")], check=True)


def test_bash_completes_with_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash here")
    assert cli.invoke(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    program = tmp_path / "emobench"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m emobench "$@"\n')
    program.chmod(0o755)
    typed = "source ./script; COMP_WORDS=(./emobench data ver); COMP_CWORD=2; _emobench_completion ./emobench"
    typed += '; echo "${COMPREPLY[@]}"'
    done = subprocess.run([bash, "-c", typed], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("verify", "")
