"""What we tell Slack: the only package that speaks its Web API."""
