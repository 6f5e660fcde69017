"""Payment: one port, its providers, and the sandbox that stands in for WeChat Pay."""
