"""A flow as rules look at it: its steps, their order, the expressions in them, and the shapes of what they give."""

from infra.power_platform.solutions.workflow.flow import Flow, Step, read_flow
from infra.power_platform.solutions.workflow.order import finished_before, starts_after
from infra.power_platform.solutions.workflow.said import Said, said_in, said_of
from infra.power_platform.solutions.workflow.shapes import Shapes

__all__ = ["Flow", "Said", "Shapes", "Step", "finished_before", "read_flow", "said_in", "said_of", "starts_after"]
