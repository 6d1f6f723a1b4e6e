"""Benchmarks: scripts that give the numbers in the documents. Run them from the top of the source tree."""
