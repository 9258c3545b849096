"""What is done in course-selection rounds."""
