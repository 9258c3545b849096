"""Course-selection rounds (网络选课): ranked wishes instead of a race."""
