"""What the things that people do mean: asking, confirming, budgets. No Slack payloads, no SQL."""
