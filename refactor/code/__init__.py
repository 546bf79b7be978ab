"""Which files are the code, which of them may name something of the plan, and who reads them."""
