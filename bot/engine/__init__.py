"""What runs behind a confirmed job: one state machine over the jobs table, and who runs it."""
