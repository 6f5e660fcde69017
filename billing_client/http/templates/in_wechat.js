// Opens WeChat's own payment sheet (getBrandWCPayRequest). What it says is for the payer's eyes
// alone: whether money came is told by WeChat Pay to the server.
const button = document.getElementById("pay");
const result = document.getElementById("result");
const WORDS = { ok: "已付款，正在确认到账。", cancel: "已取消，没有扣款。", fail: "付款没有成功，没有扣款。" };

button.addEventListener("click", () => {
  if (typeof WeixinJSBridge === "undefined") {
    result.textContent = "请在微信里打开这个页面。";
    return;
  }
  WeixinJSBridge.invoke("getBrandWCPayRequest", JSON.parse(button.dataset.parameters), (answer) => {
    result.textContent = WORDS[String(answer.err_msg).split(":")[1]] || WORDS.fail;
  });
});
