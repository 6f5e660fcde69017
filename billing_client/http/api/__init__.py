"""The API of the billing core: ``/api/v1``, one operation for each method of ``BillingClient``."""
