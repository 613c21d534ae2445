"""What Slack sends, and what Easel answers. Start at `routes`."""
