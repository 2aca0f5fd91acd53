"""The programs are run by the tests beside them; they are no tests themselves."""

collect_ignore_glob = ["*/*.py"]
