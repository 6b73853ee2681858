"""A randomised posting plan: how it is drawn, what its files hold, and its seal."""

from analysis.plan.design import Days, Design, Rules, habitual_rules
from analysis.plan.file import FILES, PLAN, SEAL, Plan, read_plan

__all__ = [
    "FILES",
    "PLAN",
    "SEAL",
    "Days",
    "Design",
    "Plan",
    "Rules",
    "habitual_rules",
    "read_plan",
]
