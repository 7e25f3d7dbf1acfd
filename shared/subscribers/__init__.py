"""How other systems are told: one POST to a callback URL that somebody gave us, so nothing of it is trusted."""
