"""WeChat Pay API v3, direct merchant: Native orders and 委托代扣 (papay)."""
