"""What happens is told as it happens, by wrappers that the wiring puts in: no service has to think of it."""
