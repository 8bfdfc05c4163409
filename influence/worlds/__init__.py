"""Synthetic worlds with planted truth, and the evaluation of the estimator against it.

Reading order: `rules` (the knobs of each world, metrics.md section 10), `world` (the simulation), `files`
(a world as a dataset folder with its truth), `anchors` and `accuracy` (how a score is judged), `evaluation`
(tables and targets, metrics.md section 12), `holdout` (prediction of the future on any snapshot), `page`
(the tables as one HTML file). `shop` is the world with money in it, with rules of its own.
"""
