"""The catalogue of a consolidated database: gathered once, said in several formats."""
