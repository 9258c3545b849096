"""公告 to many people with a second person's yes, their receipts, and the 学区化建设 column."""
