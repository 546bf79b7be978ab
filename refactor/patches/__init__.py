"""What becomes of the references: edits that are decided, proved, written, and sent."""
