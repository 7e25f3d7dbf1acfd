"""What callers ask for: a message now, messages at given times, one that is not to go."""
