import assert from "node:assert/strict";
import { TinyBroker } from "../../../tests/support/tiny_broker.ts";
import { createApp } from "../app.ts";
import { Gateway } from "../gateway.ts";
import { BodyBudget } from "../request_body.ts";
import type { Services } from "../route.ts";

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

async function withApp(
  test: (ask: (path: string, headers?: HeadersInit) => Promise<Response>) => Promise<void>,
) {
  await using broker = new TinyBroker();
  using gateway = new Gateway({ address: { path: broker.path } });
  // Of what the services are, the console needs nothing.
  const services = {
    gateway,
    body: { maxBytes: 1000, deadlineMs: 1000, budget: new BodyBudget(1000) },
    durability: "page-cache",
    nodeId: 1,
    isReady: () => ({ ready: true }),
  } as unknown as Services;
  const app = createApp(services, () => {});
  await test(async (path, headers = {}) => await app.request(path, { headers }));
}

/** The addresses in the page. */
async function filesOf(page: Response): Promise<string[]> {
  const text = await page.text();
  return [...text.matchAll(/(?:href|src)="(\/console\/[^"]+)"/g)].map(([, path]) => path!);
}

Deno.test("GET / shows the console to browsers, and the list of routes to everyone else", async () => {
  await withApp(async (ask) => {
    const page = await ask("/", { accept: BROWSER });
    assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
    assert.match(await page.text(), /<title>Milena<\/title>/);
    for (const accept of [undefined, "*/*", "text/plain", "text/*"]) {
      const list = await ask("/", accept === undefined ? {} : { accept });
      assert.match(await list.text(), /^Milena, a broker/, accept);
      assert.equal(list.headers.get("vary"), "accept");
    }
    assert.ok(Array.isArray((await (await ask("/", { accept: "application/json" })).json()).routes));
  });
});

Deno.test("GET / names files that are all there, may be kept for ever, and nothing of another origin", async () => {
  await withApp(async (ask) => {
    const files = await filesOf(await ask("/", { accept: BROWSER }));
    assert.ok(files.length > 20, `${files.length} files`);
    for (const path of files) {
      const file = await ask(path);
      const text = await file.text();
      assert.equal(file.status, 200, path);
      assert.equal(file.headers.get("cache-control"), "public, max-age=31536000, immutable");
      // Namespaces are names that look like addresses.
      const others = [...text.matchAll(/https?:\/\/[^\s"'`<)]+/g)].map(([url]) => url)
        .filter((url) => !url.startsWith("http://www.w3.org/"));
      assert.deepEqual(others, [], path);
    }
    // Every module that another imports is named at the head of the page, so none waits for another.
    const named = new Set(files.map((path) => path.split("/").at(-1)));
    for (const path of files.filter((path) => path.endsWith(".js"))) {
      for (const [, imported] of (await (await ask(path)).text()).matchAll(/from "\.\/([^"]+)"/g)) {
        assert.ok(named.has(imported!), `${path} imports ${imported}`);
      }
    }
  });
});

Deno.test("GET / and its files forbid the browser what the console does not need", async () => {
  await withApp(async (ask) => {
    const page = await ask("/", { accept: BROWSER });
    const files = await filesOf(page);
    for (const response of [page, await ask(files[0]!)]) {
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'self'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    }
    const html = await (await ask("/", { accept: BROWSER })).text();
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/, "nothing inline");
  });
});

Deno.test("GET /console/{version}/{file} sends gzip where it is taken, and nothing where it is known", async () => {
  await withApp(async (ask) => {
    const page = await ask("/", { accept: BROWSER });
    assert.equal(page.headers.get("cache-control"), "no-cache");
    const tag = page.headers.get("etag")!;
    assert.equal((await ask("/", { accept: BROWSER, "if-none-match": tag })).status, 304);
    assert.equal((await ask("/", { accept: BROWSER, "if-none-match": '"other"' })).status, 200);
    const path = (await filesOf(page)).find((path) => path.endsWith("app.js"))!;
    const plain = await ask(path);
    const zipped = await ask(path, { "accept-encoding": "gzip, deflate, br" });
    assert.equal(plain.headers.get("content-encoding"), null);
    assert.equal(zipped.headers.get("content-encoding"), "gzip");
    const unzipped = zipped.body!.pipeThrough(new DecompressionStream("gzip"));
    assert.equal(await new Response(unzipped).text(), await plain.text());
    assert.equal(
      (await ask(path, { "accept-encoding": "gzip;q=0, br" })).headers.get("content-encoding"),
      null,
    );
  });
});

Deno.test("GET /console/{version}/{file} is a 404 for what is not there, and for a page of another version", async () => {
  await withApp(async (ask) => {
    const path = (await filesOf(await ask("/", { accept: BROWSER }))).find((path) =>
      path.endsWith("app.js")
    )!;
    const version = path.split("/")[2];
    const wrong = [
      path.replace(version!, "0123456789abcdef"),
      path.replace("app.js", "deno.json"),
      path.replace("app.js", "index.html"),
      path.replace("app.js", "..%2F..%2Fapp.ts"),
      path.replace("app.js", "%2e%2e%2fassets.ts"),
    ];
    for (const one of wrong) {
      const response = await ask(one);
      assert.equal(response.status, 404, one);
      const { error_code, message } = await response.json();
      assert.equal(error_code, 404);
      assert.match(message, /load the page at \/ again|There is nothing at/);
    }
  });
});
