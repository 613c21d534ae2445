"""What can go wrong, row by row: a test for each is made of these."""
