"""How the simulated Alipay says no: code 40004 with a sub code."""


class Refusal(Exception):
    def __init__(self, sub_code: str, sub_msg: str, code: str = "40004") -> None:
        super().__init__(sub_code)
        self.content = {
            "code": code,
            "msg": "Business Failed" if code == "40004" else "Invalid Arguments",
            "sub_code": sub_code,
            "sub_msg": sub_msg,
        }
