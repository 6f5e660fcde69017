"""One module a kind of provider, named as it is configured; each says ``KIND``."""
