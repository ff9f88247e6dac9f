"""One installation for all questions of a module; nothing here writes to it."""

from __future__ import annotations

import pytest

from tests.api.asked import Installed


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """An installation with a story in its store."""
    return Installed.make(tmp_path_factory.mktemp("installed"))
