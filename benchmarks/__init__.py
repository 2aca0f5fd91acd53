"""Claims of speed, each measured side by side; `make bench` runs them and writes RESULTS.md."""
