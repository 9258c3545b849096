"""Staff pages under /console."""
