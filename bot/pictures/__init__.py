"""Pictures that people attach: judged by their bytes, cleaned of what they say about people."""
