"""What a job waits for, and from where it was moved, have columns of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Take apart `waits:CODE` in `doing`, and `moved:CODE` in `fault` with its channel."""
    op.alter_column("jobs", "doing", new_column_name="pending_step")
    for name in ("waits_for", "moved_from", "moved_for"):
        op.add_column("jobs", sa.Column(name, sa.Text(), nullable=True))
    jobs = sa.table(
        "jobs",
        *(
            sa.column(name, sa.Text)
            for name in ("pending_step", "waits_for", "fault", "detail", "moved_from", "moved_for")
        ),
    )
    step, fault = jobs.c.pending_step, jobs.c.fault
    for changed in (
        jobs.update().where(step == "root").values(pending_step="announce"),
        jobs.update().where(step == "tell root").values(pending_step="tell_root"),
        jobs.update()
        .where(step.like("waits:%"))
        .values(waits_for=sa.func.substr(step, len("waits:") + 1), pending_step=None),
        jobs.update()
        .where(fault.like("moved:%"))
        .values(
            moved_from=jobs.c.detail,
            moved_for=sa.func.substr(fault, len("moved:") + 1),
            fault=None,
            detail=None,
        ),
    ):
        op.execute(changed)
