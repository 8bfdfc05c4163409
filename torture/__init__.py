"""Faults that happen to real jobs, done on purpose, and the proof after each that nothing was lost, doubled or mixed.

`python -m torture --minutes N` repeats them at random for as long as asked; the tests of `tests/integration/faults` do
each of them once. Nothing in `influence` knows of this package: the faults come from outside (signals, limits of the
operating system, a proxy), and where a process must die at a named step, the names are those of its own transactions,
files and tasks, watched from inside a child process.
"""
