"""A Slack workspace and a Pixapi on loopback: the demo, and what every test runs against."""
