"""Pictures from words: what the embedded Pixapi draws."""
