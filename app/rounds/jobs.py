"""Background work of rounds."""

from app.jobs.service import Job
from app.rounds.service.publishing import ALLOCATE, publish

JOBS = (Job(ALLOCATE, publish, "录取一轮选课，发放名额并通知家长"),)
