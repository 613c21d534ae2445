"""Measurements: run by hand, each says what it measures."""
