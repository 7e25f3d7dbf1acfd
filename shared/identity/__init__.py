"""How somebody proves who they are by a token that a directory signed. So far one directory: Entra ID."""
