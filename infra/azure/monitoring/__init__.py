"""The workbook: its queries as files, what makes the workbook of them, and what draws them from a log at hand."""
