"""Two Power Platform solutions: the connectors, then the flows that use them. They are imported in this order.

    connectors/     unpacked source; the connectors' own parts are made of infra/power_platform/connectors/
    flows/          unpacked source: five flows, their environment variables and connection references
    lists/          the SharePoint list that a flow writes to, column by column
    expressions/    the language in the flows' values: read, and judged
    workflow/       a flow as rules look at it
    contracts/      what operations take and answer: our connectors' by their swagger files, Microsoft's by hand
    rules/          what is asked of the source; archive.py asks of the zips

`python3 dev.py package solutions` checks all of it and writes the zips; nothing here can reach a tenant
(docs/power-platform/acceptance-checklist.md says what only a tenant can show).
"""
