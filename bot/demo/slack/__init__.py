"""The embedded Slack workspace: the protocol, what Slack refuses, the people in it."""
