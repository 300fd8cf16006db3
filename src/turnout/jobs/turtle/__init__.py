"""The course's turtle: keys are events, Python functions handle them, and a drawing comes of it."""
