import pytest

from tests.sandbox_pagerduty.support import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
