"""Alipay behind the payment port: the classic gateway, signed with RSA2."""
