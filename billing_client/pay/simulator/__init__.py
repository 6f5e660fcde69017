"""What the simulated providers share: their books' schema, notices with retries, pages, faults.

A simulator keeps its own books (schema ``sandbox``), so that reconciling against it is a real
comparison. It shows that our signing, verifying and state handling are right; it does not show
how the real provider answers in every business case.
"""
