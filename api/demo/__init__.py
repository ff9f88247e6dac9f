"""The demonstration: a recorded week of one vCenter, replayed through the pipeline that live visits take.

Captures, change requests, people, policy and configuration lie beside this file, and in the wheel. The captures were
recorded from a vCenter simulator while people changed things, then moved to a week in March 2026
(``tests/lab/week.py`` makes them). Which verdict each change ought to get stands in no file of the product.
"""
