"""What staff look at and decide: lists, the worklist, what could not be sent, alarms, what was set aside."""
