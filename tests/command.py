"""Operator commands inside the test's own process: as they are typed, without four seconds of start.

That they start by themselves is tested in tests/flows/test_cli.py.
"""

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess

import pytest

from app import cli
from tests.cast import SECRET_KEY


def environment(url: str) -> Mapping[str, str]:
    """This database, and nobody's WeChat platform."""
    return {
        "DATABASE_URL": url,
        "DEMO": "1",
        "SECRET_KEY": SECRET_KEY,
        "WECHAT_API_BASE": "http://127.0.0.1:9",
    }


def app_cli(url: str, *words: str) -> CompletedProcess[str]:
    """Run one command (app.cli) to its end and give what it said."""
    said, complained = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(said),
        redirect_stderr(complained),
        ThreadPoolExecutor(1) as thread,
    ):
        for name, value in environment(url).items():
            patch.setenv(name, value)
        code = thread.submit(cli.main, list(words)).result()
    return CompletedProcess(words, code, said.getvalue(), complained.getvalue())
