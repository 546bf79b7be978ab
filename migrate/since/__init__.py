"""What was written to a target since its migration, kept before a rollback drops it."""
