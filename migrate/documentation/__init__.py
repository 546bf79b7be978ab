"""What a consolidated database says of itself: read, compared, brought up to date."""
