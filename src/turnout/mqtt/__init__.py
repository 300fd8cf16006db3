"""HOW MESSAGES ARRIVE: MQTT 5 in an event loop, a client and a broker for this machine."""
