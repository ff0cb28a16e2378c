import assert from "node:assert/strict";
import { ApiError } from "./api_error.ts";
import { refuseCrossSite } from "./cross_site.ts";
import { OriginRules } from "./origin_rules.ts";

function isRefused(host: string, headers: Record<string, string>, rules?: OriginRules): boolean {
  try {
    refuseCrossSite(new Request(`http://${host}/topics/a`, { method: "POST", headers }), rules);
    return false;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.equal(error.code, 40302);
    return true;
  }
}

Deno.test("refuseCrossSite() lets those through that are no browsers, and pages of the same host", () => {
  assert.equal(isRefused("127.0.0.1:8080", {}), false);
  assert.equal(isRefused("broker:8080", { origin: "http://broker:8080" }), false);
  assert.equal(isRefused("broker", { origin: "https://broker" }), false);
  assert.equal(isRefused("broker:8080", { "sec-fetch-site": "same-origin" }), false);
});

Deno.test("refuseCrossSite() refuses pages of other origins, unless these are allowed", () => {
  const rules = new OriginRules({ allowed: ["https://a.example"] });
  assert.equal(isRefused("127.0.0.1:8080", { origin: "https://a.example" }), true);
  assert.equal(isRefused("127.0.0.1:8080", { origin: "https://a.example" }, rules), false);
  assert.equal(isRefused("127.0.0.1:8080", { origin: "https://b.example" }, rules), true);
  assert.equal(isRefused("127.0.0.1:8080", { origin: "null" }, rules), true);
  assert.equal(isRefused("127.0.0.1:8080", { origin: "http://127.0.0.1:3000" }), true);
  assert.equal(isRefused("127.0.0.1:8080", { "sec-fetch-site": "cross-site" }), true);
});

Deno.test("refuseCrossSite() refuses names that were pointed at a broker which this machine alone reaches", () => {
  const local = new OriginRules({ isLocalOnly: true });
  const same = (host: string) => isRefused(host, { origin: `http://${host}` }, local);
  assert.equal(same("evil.example:8080"), true);
  assert.equal(same("localhost.evil.example:8080"), true);
  for (const host of ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "app.localhost"]) {
    assert.equal(same(host), false, host);
  }
  assert.equal(isRefused("evil.example:8080", {}, local), false, "curl may call it what it likes");
  const allowed = new OriginRules({ isLocalOnly: true, allowed: ["http://proxy.example"] });
  assert.equal(isRefused("proxy.example", { origin: "http://proxy.example" }, allowed), false);
});
