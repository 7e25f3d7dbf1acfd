"""Prescription references: looked at first, sent, sent again, called back, and shown to the patient on a page."""
