"""The only SQL: jobs, the ledger and its books, caps and grants, reports. SQLite or PostgreSQL."""
