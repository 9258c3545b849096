"""Files that people upload: cleaned before anything is stored, kept in the database, never executed."""
