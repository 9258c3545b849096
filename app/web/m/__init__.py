"""Family pages under /m, opened inside WeChat."""
