// Who we are for the server: a signed token, from the utility's page or from the server itself.

import { lasting } from "./kept.js";

const RENEW_BEFORE = 20 * 24 * 3600; // seconds; the server's tokens live 30 days

export class Expired extends Error {} // the utility's page must sign a new one

export class Visitor {
  constructor() {
    this.demo = new URLSearchParams(location.search).get("as"); // a customer of the demo city
    this.signed = new URLSearchParams(location.hash.slice(1)).get("user");
    this.key = `xiaoshui.${this.demo ?? "visitor"}`;
  }

  async token() {
    if (this.refused) throw new Expired();
    if (this.signed) return this.signed;
    const kept = lasting.getItem(this.key);
    return kept && !old(kept) ? kept : await this.issued(kept);
  }

  // The server does not take the token any more.
  forget() {
    this.refused = Boolean(this.signed);
    lasting.removeItem(this.key);
  }

  async issued(token) {
    const answer = await fetch("/web/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ demo: this.demo, token }),
    });
    if (!answer.ok) throw new Error("no session");
    const fresh = (await answer.json()).token;
    lasting.setItem(this.key, fresh);
    return fresh;
  }
}

function old(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[0].replace(/-/g, "+").replace(/_/g, "/")));
    return claims.exp - Date.now() / 1000 < RENEW_BEFORE;
  } catch {
    return true;
  }
}
