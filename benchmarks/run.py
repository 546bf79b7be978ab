"""All benchmarks: each prints a ratio against a floor that was measured in the same run.

With `--quick` the largest size is left out, which takes most of the time and 10 GB of disk.
"""

import sys

import code_half
import database_half
import sizes

if __name__ == "__main__":
    database_half.run()
    sizes.run(large="--quick" not in sys.argv[1:])
    code_half.run(large="--quick" not in sys.argv[1:])
