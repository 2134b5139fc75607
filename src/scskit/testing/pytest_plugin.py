"""The part of scskit that pytest loads by itself: what the contract needs of a whole test run.

Whoever does not use ``scskit.testing.ConnectorContract`` pays for this file and nothing else.
"""

from __future__ import annotations

import pytest

# Shows the values that a failed assertion compared, as in a test file of one's own. It has to be
# said before the modules are imported, so they are not imported here.
pytest.register_assert_rewrite("scskit.testing.contract")


@pytest.fixture(scope="session")
def scskit_contract_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name one database for all checks of the contract; each has a tenant of its own."""
    return f"sqlite:///{tmp_path_factory.mktemp('scskit-contract')}/desk.db"
