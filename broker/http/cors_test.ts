import assert from "node:assert/strict";
import { withCors } from "./cors.ts";
import { OriginRules } from "./origin_rules.ts";
import { ByteResponse } from "./server/byte_response.ts";

const answer = () => new ByteResponse("hello", [["content-type", "text/plain"]]);
const url = "http://broker:8080/topics";

function from(origin: string, method = "GET", headers: Record<string, string> = {}): Request {
  return new Request(url, { method, headers: { origin, ...headers } });
}

Deno.test("withCors() changes nothing where no origin is allowed", () => {
  assert.equal(withCors(answer, new OriginRules()), answer);
});

Deno.test("withCors() lets pages of allowed origins read answers, and no others", async () => {
  const fetch = withCors(answer, new OriginRules({ allowed: ["https://a.example"] }));
  const allowed = await fetch(from("https://a.example"));
  assert.equal(allowed.headers.get("access-control-allow-origin"), "https://a.example");
  assert.equal(allowed.headers.get("content-type"), "text/plain");
  assert.equal(allowed.headers.get("vary"), "origin");
  assert.equal(await allowed.text(), "hello");
  for (const request of [from("https://b.example"), from("null"), new Request(url)]) {
    const other = await fetch(request);
    assert.equal(other.headers.get("access-control-allow-origin"), null);
    assert.equal(other.headers.get("vary"), "origin", "a cache must not give it to an allowed page");
  }
});

Deno.test("withCors() answers what browsers ask before they send", async () => {
  const fetch = withCors(answer, new OriginRules({ allowed: ["*"] }));
  const asked = {
    "access-control-request-method": "PUT",
    "access-control-request-headers": "content-type, kafka-key",
  };
  const response = await fetch(from("https://a.example", "OPTIONS", asked));
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("access-control-allow-origin"), "https://a.example");
  assert.match(response.headers.get("access-control-allow-methods")!, /PUT/);
  assert.equal(response.headers.get("access-control-allow-headers"), "content-type, kafka-key");
  const plain = await fetch(from("https://a.example", "OPTIONS"));
  assert.equal(await plain.text(), "hello");
});
