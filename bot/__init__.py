"""Easel: an image studio for Slack teams, with the price on the tag."""

__version__ = "0.1.0"
