"""Benchmarks: ratios within one run, medians of several. `make bench` runs all, `python -m bench.relay` one."""
