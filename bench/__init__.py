"""Benchmarks: ratios within one run, medians of several. `make bench`, or one alone: `python -m bench.relay`."""
