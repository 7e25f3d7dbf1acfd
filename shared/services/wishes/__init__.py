"""What a clinic's patients want, copied out of the storage and taken back."""
