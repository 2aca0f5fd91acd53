"""The fixtures of the contract tests, for those who run them from an installed lamina."""

from lamina.testing.contract.engines import (  # noqa: F401
    engine,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_report_collectionfinish,
)
