"""What `GET /metrics` counts, in Prometheus' words. Labels hold no person, channel or prompt."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

jobs = Counter("easel_jobs", "Jobs that ended, by how.", ["outcome"])
credits_ = Counter("easel_credits", "Credits, by what became of them.", ["kind"])
drift = Counter(
    "easel_drift_credits",
    "Credits by which provider and price table differ.",
    ["direction"],
)
open_jobs = Gauge("easel_open_jobs", "Jobs that this process is working on.")
