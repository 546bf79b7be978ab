"""All benchmarks: each prints a ratio against a floor that was measured in the same run."""

import code_half

import migrate

if __name__ == "__main__":
    migrate.run()
    code_half.run()
