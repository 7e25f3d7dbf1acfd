"""`python -m infra.azure.monitoring`: after a query has changed."""

from infra.azure.monitoring.workbook import main

main()
