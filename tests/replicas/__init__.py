"""Several Easels on one PostgreSQL database are one Easel."""
