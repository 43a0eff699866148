"""What a run will do: from a suite, the data found and the user's wishes to the cells, each with its identity."""

from __future__ import annotations

from emobench.planning.identities import chosen_headline, of_task
from emobench.planning.plan import Job, Plan, Seen, waves
from emobench.planning.planner import make_plan, plan_suite
from emobench.planning.request import Request

__all__ = [
    "Job",
    "Plan",
    "Request",
    "Seen",
    "chosen_headline",
    "make_plan",
    "of_task",
    "plan_suite",
    "waves",
]
