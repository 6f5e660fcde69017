"""E-invoices: one port to the tax platform, and the providers behind it."""
