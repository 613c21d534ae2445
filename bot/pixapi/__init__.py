"""The provider: submit, poll, open a picture; every answer read into values or errors."""
