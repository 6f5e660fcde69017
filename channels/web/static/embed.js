// One line on the utility's page opens the chat in an iframe:
// <script async src="https://BOT/embed.js"></script>
(() => {
  const base = new URL(document.currentScript.src).origin;
  const signed = document.currentScript.dataset.user;
  const phone = matchMedia("(max-width: 480px)").matches;
  const frame = Object.assign(document.createElement("iframe"), { title: "小水客服" });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "客服" });
  button.setAttribute("aria-label", "打开在线客服");

  // Set one by one, so that neither the page's style sheet nor its content policy matters.
  const fixed = { position: "fixed", zIndex: "2147483000", margin: "0", border: "0", boxSizing: "border-box" };
  const corner = { right: "20px", bottom: "20px" };
  style(button, { ...fixed, ...corner, width: "68px", height: "68px", padding: "0", borderRadius: "50%", background: "#0a62bd", color: "#fff", font: "600 18px/1 system-ui, sans-serif", boxShadow: "0 4px 20px rgba(0,0,0,.3)", cursor: "pointer" });
  style(frame, phone
    ? { ...fixed, inset: "0", width: "100%", height: "100%" }
    : { ...fixed, ...corner, width: "min(420px, calc(100vw - 40px))", height: "min(680px, calc(100vh - 40px))", borderRadius: "14px", boxShadow: "0 8px 40px rgba(0,0,0,.35)" });

  function style(element, values) {
    for (const [name, value] of Object.entries(values)) element.style.setProperty(name.replace(/[A-Z]/g, "-$&").toLowerCase(), value, "important");
  }

  function show(open) {
    if (open && !frame.src) frame.src = `${base}/chat${signed ? `#user=${encodeURIComponent(signed)}` : ""}`;
    style(frame, { display: open ? "block" : "none" });
    style(button, { display: open ? "none" : "block" });
    (open ? frame : button).focus();
  }

  button.addEventListener("click", () => show(true));
  frame.addEventListener("load", () => frame.focus());
  addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.origin === base && event.data === "xiaoshui:close") show(false);
  });
  style(frame, { display: "none" });
  const start = () => document.body.append(button, frame);
  document.body ? start() : addEventListener("DOMContentLoaded", start);
})();
