"""Makes the connectors' files from the table of operations, so that they cannot drift from what the app answers.

    functions/interface/table.py ──────────┐
    connectors/<name>/connector.json ──────┴─▶ apiDefinition.swagger.json, apiProperties.json, readme.md, icon.png

connector.json holds what is that channel's own. `python3 -m infra.power_platform.generator` writes the files; a test
makes them anew and compares.
"""
