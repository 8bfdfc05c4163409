"""Reach: how many people a customer can get to, through whom, and in which topic."""
