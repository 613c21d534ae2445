"""What can go wrong, row by row: the page docs/faults.md and a test for each are made of these."""
