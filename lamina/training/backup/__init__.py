"""Backups of a run: everything that its next step depends on, in files from which it goes on exactly."""
