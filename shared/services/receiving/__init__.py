"""What comes back: callbacks stored and worked through, receipts, answers of patients."""
