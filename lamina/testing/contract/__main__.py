"""`python -m lamina.testing.contract --engine mine [options of pytest]`."""

import argparse
import os
import sys

import pytest

parser = argparse.ArgumentParser("python -m lamina.testing.contract")
parser.add_argument(
    "--engine",
    help="engines to test, separated by commas: names, or `module:attribute` of engines that are not "
    "installed as entry points; by default all that are installed",
)
options, others = parser.parse_known_args()
if options.engine:
    os.environ["LAMINA_TEST_ENGINES"] = options.engine
sys.exit(pytest.main(["--pyargs", "lamina.testing.contract", *others]))
