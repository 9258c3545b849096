"""Activities, their sessions with seats, and the review that publishes them."""
