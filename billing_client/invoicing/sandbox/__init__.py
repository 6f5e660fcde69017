"""A tax platform that issues nothing legal: every PDF of it says 样票.

It keeps its own books (schema ``sandbox``), takes its time, and can be told to misbehave.
"""
