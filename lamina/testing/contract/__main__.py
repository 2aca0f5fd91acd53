"""`python -m lamina.testing.contract --engine mine [options of pytest]`."""

from __future__ import annotations

import argparse
import os
import sys

import pytest

parser = argparse.ArgumentParser("python -m lamina.testing.contract")
parser.add_argument(
    "--engine", help="engines to test, by commas; without it all that are installed"
)
asked, others = parser.parse_known_args()
if asked.engine:
    os.environ["LAMINA_TEST_ENGINES"] = asked.engine
sys.exit(pytest.main(["--pyargs", "lamina.testing.contract", *others]))
