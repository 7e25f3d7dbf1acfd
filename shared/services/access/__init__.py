"""Who may call: keys that we made, and what the roles of a token allow."""
