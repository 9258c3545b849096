"""The simulated WeChat platform, checked against the platform's published rules."""
