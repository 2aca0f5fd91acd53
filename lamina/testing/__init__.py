"""Tests for engines of others, and an engine that records."""
