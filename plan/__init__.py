"""The vocabulary that both halves share: the plan, its rules, and how it is said to be wrong."""
