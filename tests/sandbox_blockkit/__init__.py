"""Tests of the Block Kit checks."""
