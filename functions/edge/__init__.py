"""What the trigger files share: the edge between the host's types and ours."""
