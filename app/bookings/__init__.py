"""Bookings and the waiting list."""
