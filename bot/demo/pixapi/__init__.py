"""The embedded Pixapi: its endpoints, its CDN, its bills and its failures."""
