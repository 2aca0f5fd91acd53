"""`tests/test_programs.py` runs the programs; looking for doctests in them would run them, too."""

collect_ignore_glob = ["*/*.py"]
