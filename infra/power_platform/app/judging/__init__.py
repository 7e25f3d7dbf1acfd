"""Formulas judged: does everything they name exist, are functions and connectors called as they want to be?"""
