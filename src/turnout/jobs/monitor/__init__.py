"""Watch thousands of sensors, raise alarms by rules, react, and remember."""
