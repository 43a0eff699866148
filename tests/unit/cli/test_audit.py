"""``emobench audit``: requests that make no sense."""

from __future__ import annotations

import json

import os

from collections.abc import Iterator, Mapping

from pathlib import Path

from types import ModuleType

from typing import Any, ClassVar

import numpy as np

import pandas as pd

import pytest

from emobench import cli, hookimpl

from emobench.audits.catalogue import run_audits

from emobench.contracts.dataset import Copy, Dataset

from emobench.contracts.media import Modality

from emobench.contracts.protocol import Split, SplitProtocol

from emobench.data.discovery import find_copies

from emobench.plugins import loading

from emobench.plugins import registry as plugins

from emobench.records.audit_report import AuditReport

from emobench.records.identity import Component

from emobench.splits import division

from tests import conftest

from tests.conftest import FakeEntry




@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["audit"], "needs either --suite or --dataset"),
        (["audit", "--suite", "paper-replication", "--dataset", "tess"], "needs either --suite or --dataset"),
        (["audit", "--dataset", "tess", "--labels", "seven-emotions"], "needs --protocol too"),
        (["audit", "--dataset", "tes", "--labels", "a", "--protocol", "b"], "did you mean 'tess'"),
    ],
)
def test_requests_that_make_no_sense(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.invoke(arguments) == 2
    assert message in capsys.readouterr().err

