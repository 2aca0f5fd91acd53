"""Limits and policies of a load, for readers of files (they stand in `core`, which parses and audits)."""

from lamina.core.load_policy import Budget as Budget, Limits as Limits, LoadPolicy as LoadPolicy
