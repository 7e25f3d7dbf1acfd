"""Does a deployed app stand as it should? Asked from outside, with nothing sent and nothing changed."""
