"""Figures of days: which days have changed, and counting those again."""
