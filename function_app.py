"""The Azure Functions app: one blueprint per file of functions/, on dependencies that are built at first use."""

import azure.functions as func

from functions import (
    appointments,
    diagnostics,
    dropdowns,
    health,
    insights,
    messages,
    patient_page,
    patients,
    planning,
    prescriptions,
    publishing,
    reminders,
    replies,
    runs,
    schedules,
    sending,
    subscriptions,
    watching,
    webhooks,
    worklist,
)
from shared.wiring import Deps

deps = Deps()
aclose = deps.aclose  # for a host that ends before its process does, as the development host may
app = func.FunctionApp()
FAMILIES = (
    health,
    webhooks,
    messages,
    reminders,
    replies,
    patients,
    dropdowns,
    appointments,
    runs,
    planning,
    schedules,
    sending,
    worklist,
    insights,
    watching,
    publishing,
    subscriptions,
    diagnostics,
    prescriptions,
    patient_page,
)
for family in FAMILIES:
    app.register_functions(family.make_blueprint(deps))
