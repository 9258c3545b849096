"""吾创吾品: the study-travel passport platform of a school cluster."""
