"""The language all rooms share: kinds of items, links and records, and what they are made of.

Enters: nothing. Leaves: declarations and values. Forbidden: input, output, and knowledge of any store or source.
"""
