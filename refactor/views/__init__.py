"""Old names that live on as views: what works with them, and what does not."""
