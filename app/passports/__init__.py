"""Study-travel passports and their stamps (游学护照)."""
