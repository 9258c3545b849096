"""What children bring home and what everybody says afterwards: task sheets handed in, evaluations."""
