"""District registers: markers, workshops, programmes."""
