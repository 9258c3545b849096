"""The WeChat edge: translates callbacks into use cases and deliveries into platform calls."""
