"""Options and paths that every test shares."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes is the machine's affair.
settings.register_profile("csshift", deadline=None, max_examples=60)
settings.register_profile("slow", deadline=None, max_examples=200)
settings.load_profile("csshift")

SHARED = Path(os.environ.get("CSSHIFT_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests marked slow")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--slow"):
        settings.load_profile("slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    skip = pytest.mark.skip(reason="slow; run with --slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def scenarios() -> Path:
    """The public scenario folders, or a skip that says they are absent."""
    folder = SHARED / "scenarios"
    if not folder.is_dir():
        pytest.skip(f"no scenario folders at {folder}; set CSSHIFT_SHARED to their parent")
    return folder


@pytest.fixture(autouse=True)
def no_stage_fails(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a stage of a search failed, which the search itself survives."""
    failed: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.addFilter(logging.Filter("csshift"))
    handler.emit = lambda record: failed.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger()  # csshift itself has no handlers
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    assert not failed or "stages_fail" in request.keywords, failed
