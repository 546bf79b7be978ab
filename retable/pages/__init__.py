"""What our HTML pages share: how one is put together, how it looks, and what it may do."""
