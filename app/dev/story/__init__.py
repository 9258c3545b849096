"""Does the whole chain hold on the running system? Played over HTTP and callbacks only.

A chapter a module; each prints what the person sees, and a step that does not hold
ends the story. It can be told again on the same system.
"""
