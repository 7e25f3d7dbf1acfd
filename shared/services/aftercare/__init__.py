"""What becomes of a message that was sent, refused or lost, and what follows from it."""
