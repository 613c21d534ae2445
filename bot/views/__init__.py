"""Values → Block Kit, pure. Everything that people read in Slack is written here."""
