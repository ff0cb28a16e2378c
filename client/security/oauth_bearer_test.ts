import { equal, rejects } from "node:assert/strict";
import { ConnectionError } from "../connection_error.ts";
import { oauthBearer, type OAuthBearerToken } from "./oauth_bearer.ts";

const first = async (given: OAuthBearerToken) => {
  return new TextDecoder().decode(await oauthBearer(() => given).begin().first());
};

Deno.test("oauthBearer() sends token and extensions in the form of RFC 7628", async () => {
  equal(await first({ token: "a.b-c_d~e+f/g==" }), "n,,\x01auth=Bearer a.b-c_d~e+f/g==\x01\x01");
  equal(
    await first({ token: "t", extensions: { traceId: "1 2", cluster: "a=b" } }),
    "n,,\x01auth=Bearer t\x01traceId=1 2\x01cluster=a=b\x01\x01",
  );
});

Deno.test("oauthBearer() refuses what would change the form", async () => {
  for (const token of ["", "a b", "a\x01auth=Bearer b", "ä", "=a"]) {
    await rejects(first({ token }), /gave no token/);
  }
  await rejects(first(undefined as unknown as OAuthBearerToken));
  const extensions: Record<string, string>[] = [{ auth: "x" }, { "a b": "x" }, { a1: "x" }, { a: "\x01" }, {
    a: "",
  }];
  for (const one of extensions) await rejects(first({ token: "t", extensions: one }), /gave an extension/);
});

Deno.test("oauthBearer() takes note of a refusal, once", async () => {
  const exchange = oauthBearer(() => ({ token: "t" })).begin();
  await exchange.first();
  const refusal = '{"status":"invalid_token"}';
  equal(new TextDecoder().decode(await exchange.next(new TextEncoder().encode(refusal))), "\x01");
  equal(exchange.refusal, refusal);
  await rejects(
    async () => await exchange.next(new TextEncoder().encode(refusal)),
    /goes on after it had refused/,
  );
});

Deno.test("oauthBearer() says that it may be tried again when nobody gave a token", async () => {
  const exchange = oauthBearer(() => Promise.reject(new Error("503"))).begin();
  await rejects(exchange.first(), (error) => {
    return error instanceof ConnectionError && error.retriable && /gave no token: 503/.test(error.message);
  });
});
