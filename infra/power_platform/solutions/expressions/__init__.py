"""The workflow definition language's expressions: `@body('Get_run')?['state']`, `Hello @{parameters('x')}`.

Microsoft publishes no grammar and no parser that works offline; what stands here is what the expression functions
reference (learn.microsoft.com/azure/logic-apps/expression-functions-reference) and the workflow definition language
schema page describe.
"""

from infra.power_platform.solutions.expressions.functions import arguments_of, functions
from infra.power_platform.solutions.expressions.syntax import (
    Access,
    Call,
    ExpressionInvalid,
    Literal,
    Node,
    parse,
    walk,
)
from infra.power_platform.solutions.expressions.templates import Part, parts_of

__all__ = [
    "Access",
    "Call",
    "ExpressionInvalid",
    "Literal",
    "Node",
    "Part",
    "arguments_of",
    "functions",
    "parse",
    "parts_of",
    "walk",
]
