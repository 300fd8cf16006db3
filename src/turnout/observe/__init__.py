"""What a living process is and has: what the system tells of it, and where its threads are."""
