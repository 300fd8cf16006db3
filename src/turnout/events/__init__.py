"""Events that queue and handlers that explain themselves."""
