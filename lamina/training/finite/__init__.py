"""Watching for losses that are not finite, and finding out where they come from."""
