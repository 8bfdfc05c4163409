"""Answers as pages: HTML with charts, the same for a folder of files and for the live web pages.

Renderers only: each takes a `Table` or another answer and returns text. `bundle` writes a whole folder of them.
"""
