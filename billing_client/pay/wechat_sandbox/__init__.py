"""A WeChat Pay v3 with real cryptography and no real money."""
