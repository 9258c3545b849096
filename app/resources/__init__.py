"""Learning bases, venues and courses of the resource units and schools."""
