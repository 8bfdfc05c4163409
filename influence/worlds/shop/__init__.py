"""A shop with money in it, and the truth about who earned it.

Reading order: `names` (what things are called), `simulation` (two years of the shop), `files` (as a dataset folder),
`arrays` (as what `value` and `voice` see), `recovery` (what these find again, against what was planted).
"""
