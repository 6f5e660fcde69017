// One line on the utility's page opens the chat in an iframe:
// <script async src="https://BOT/embed.js"></script>
(() => {
  const base = new URL(document.currentScript.src).origin;
  const signed = document.currentScript.dataset.user;
  const frame = Object.assign(document.createElement("iframe"), {
    title: "小水客服",
    allow: "microphone; camera",
    hidden: true,
  });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "客服" });
  button.setAttribute("aria-expanded", "false");
  place(button, { right: "20px", bottom: "20px", width: "64px", height: "64px", border: "0", borderRadius: "50%", background: "#0b6bcb", color: "#fff", fontSize: "16px", cursor: "pointer" });
  place(frame, { right: "20px", bottom: "96px", width: "min(400px, calc(100vw - 40px))", height: "min(640px, calc(100vh - 120px))", border: "0", borderRadius: "12px", boxShadow: "0 8px 40px rgba(0,0,0,.25)", background: "#fff" });

  function place(element, style) {
    Object.assign(element.style, { position: "fixed", zIndex: "2147483000" }, style);
  }
  function open(shown) {
    if (shown && !frame.src) frame.src = `${base}/chat${signed ? `#user=${encodeURIComponent(signed)}` : ""}`;
    frame.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
    (shown ? frame : button).focus();
  }
  button.addEventListener("click", () => open(frame.hidden));
  addEventListener("message", (event) => {
    if (event.origin === base && event.data === "xiaoshui:close") open(false);
  });
  const start = () => document.body.append(button, frame);
  document.body ? start() : addEventListener("DOMContentLoaded", start);
})();
