"""The Azure Functions app: one blueprint per file of functions/, on dependencies that are built at first use."""

import azure.functions as func

from functions import (
    appointments,
    diagnostics,
    health,
    messages,
    planning,
    publishing,
    schedules,
    sending,
    watching,
    webhooks,
    worklist,
)
from shared.wiring import Deps

deps = Deps()
aclose = deps.aclose  # for a host that ends before its process does, as the development host may
app = func.FunctionApp()
for family in (
    health,
    webhooks,
    messages,
    appointments,
    planning,
    schedules,
    sending,
    worklist,
    watching,
    publishing,
    diagnostics,
):
    app.register_functions(family.make_blueprint(deps))
