"""The test-suite: properties, against the real protocols."""
