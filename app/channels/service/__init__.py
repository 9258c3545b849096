"""What an account has done, may not do now, and needs of people."""
