"""The programs here are read by the type checker only, never run."""

collect_ignore = ["inferred.py", "mistakes.py"]
