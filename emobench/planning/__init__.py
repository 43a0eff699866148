"""What a run will do: from a suite, the data found and the user's wishes to the cells, each with its identity."""

from emobench.planning.departures import AT_MOST, schedule_departures
from emobench.planning.identity import chosen_headline
from emobench.planning.job import Job, Plan, Skipped, waves
from emobench.planning.planner import make_plan, plan_suite
from emobench.planning.request import PRECISIONS, Request

__all__ = [
    "AT_MOST",
    "PRECISIONS",
    "Job",
    "Plan",
    "Request",
    "Skipped",
    "chosen_headline",
    "make_plan",
    "plan_suite",
    "schedule_departures",
    "waves",
]
