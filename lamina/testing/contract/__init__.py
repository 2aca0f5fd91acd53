"""The contract tests: every primitive of an engine, held against NumPy and finite differences.

An engine registered under the entry point `lamina.engines` is tested by

    python -m lamina.testing.contract --engine mine

or, as one of them, by `LAMINA_TEST_ENGINES=mine pytest --pyargs lamina.testing.contract`.
"""

import pytest

pytest.register_assert_rewrite("lamina.testing.contract.checks")
