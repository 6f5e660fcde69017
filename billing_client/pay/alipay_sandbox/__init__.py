"""An Alipay gateway with real signatures and no real money."""
