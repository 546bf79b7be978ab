"""What a consolidated database says of itself: read, held against what it is, brought up to date."""
