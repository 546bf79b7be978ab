"""Texts and places in them, without what they mean."""
