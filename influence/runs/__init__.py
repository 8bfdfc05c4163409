"""Runs: the lease that keeps writers apart, and results that readers see whole or not at all."""
