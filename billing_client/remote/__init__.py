"""``BillingClient`` over HTTP: the same door, with the billing core on another machine."""
