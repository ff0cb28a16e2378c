import assert from "node:assert/strict";
import { ByteResponse } from "./byte_response.ts";
import { HttpServer } from "./http_server.ts";
import { defaultServerLimits, type ServerLimits } from "./server_limits.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** A server on a free port, and raw connections to it. */
class Fixture implements AsyncDisposable {
  readonly server: HttpServer;
  readonly logged: string[] = [];
  readonly #port: number;
  readonly #clients: Client[] = [];

  constructor(handle: Handler, limits: Partial<ServerLimits> = {}) {
    this.server = new HttpServer({
      limits: { ...defaultServerLimits, ...limits },
      handle,
      log: (_, message) => this.logged.push(message),
    });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#port = listener.addr.port;
    this.server.serve(listener);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async connect(): Promise<Client> {
    const client = new Client(await Deno.connect({ hostname: "127.0.0.1", port: this.#port }));
    this.#clients.push(client);
    return client;
  }

  /** Sends `text` on a connection of its own and returns all that comes until the server closes it. */
  async exchange(text: string): Promise<string> {
    const client = await this.connect();
    await client.send(text);
    return await client.rest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.server.shutdown();
    this.server.close();
  }
}

class Client {
  readonly #socket: Deno.TcpConn;
  #isClosed = false;
  #received = "";

  constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
  }

  async send(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) sent += await this.#socket.write(bytes.subarray(sent));
  }

  /** What has come up to the end of `mark`. */
  async until(mark: string): Promise<string> {
    while (!this.#received.includes(mark)) {
      assert.ok(
        await this.#receive(),
        `the connection ended before ${JSON.stringify(mark)}: ${this.#received}`,
      );
    }
    const end = this.#received.indexOf(mark) + mark.length;
    const text = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    return text;
  }

  /** All that comes until the connection ends. */
  async rest(): Promise<string> {
    while (await this.#receive());
    return this.#received;
  }

  async #receive(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#socket.read(buffer).catch(() => null);
    this.#received += new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    return count !== null;
  }

  async finish(): Promise<void> {
    await this.#socket.closeWrite();
  }

  close(): void {
    if (!this.#isClosed) this.#socket.close();
    this.#isClosed = true;
  }
}

const hello: Handler = () => new ByteResponse("hello", [["content-type", "text/plain"]]);
const echo: Handler = async (request) => new ByteResponse(await request.bytes(), []);
const get = (path: string, ...lines: string[]) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
const post = (...lines: string[]) => `POST / HTTP/1.1\r\nHost: x\r\n${lines.join("\r\n")}`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function eventually(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    assert.ok(i < 500, "it did not come about within 5 s");
    await pause(10);
  }
}

Deno.test("HttpServer answers requests of one connection in order, also those that came together", async () => {
  await using test = new Fixture(async ({ url }) => {
    const path = new URL(url).pathname;
    if (path === "/1") await pause(20);
    return new ByteResponse(path, []);
  });
  const client = await test.connect();
  await client.send(get("/1") + get("/2") + get("/3", "Connection: close"));
  const bodies = (await client.rest()).match(/\r\n\r\n\/\d/g);
  assert.deepEqual(bodies, ["\r\n\r\n/1", "\r\n\r\n/2", "\r\n\r\n/3"]);
});

Deno.test("HttpServer answers a ByteResponse with its length, the date and its fields", async () => {
  await using test = new Fixture(() => new ByteResponse("gr\u00fc\u00df", [["x-a", "\u00e9"]], 201));
  const response = await fetch(test.url);
  assert.equal(response.status, 201);
  assert.equal(response.statusText, "Created");
  assert.equal(response.headers.get("content-length"), "6");
  assert.equal(response.headers.get("x-a"), "\u00e9");
  assert.ok(Math.abs(Date.parse(response.headers.get("date")!) - Date.now()) < 5000);
  assert.equal(await response.text(), "gr\u00fc\u00df");
});

Deno.test("HttpServer sends answers of any size whole", async () => {
  const texts = [0, 1, 4000, 5000, 100_000, 3_000_000].map((length) => "\u00fcx".repeat(length));
  await using test = new Fixture(({ url }) => {
    const text = texts[Number(new URL(url).searchParams.get("i"))]!;
    return new URL(url).pathname === "/text" ? new ByteResponse(text, []) : new Response(text);
  });
  for (let i = 0; i < texts.length; i++) {
    for (const path of ["text", "stream"]) {
      const response = await fetch(`${test.url}/${path}?i=${i}`);
      assert.ok(await response.text() === texts[i], `${path} ${i}`);
    }
  }
});

Deno.test("HttpServer gives bodies of any size and framing whole, also to a GET", async () => {
  await using test = new Fixture(echo);
  for (const length of [0, 1, 100, 5000, 300_000]) {
    const body = "0123456789".repeat(length);
    assert.ok(await (await fetch(test.url, { method: "POST", body })).text() === body);
    const stream = new Blob([body]).stream();
    assert.ok(await (await fetch(test.url, { method: "POST", body: stream })).text() === body);
  }
  assert.match(await test.exchange(get("/", "Content-Length: 2", "Connection: close") + "hi"), /\r\n\r\nhi$/);
});

Deno.test("HttpServer leaves no body to a HEAD, a 204 and a 304", async () => {
  await using test = new Fixture(({ url }) => {
    const status = Number(new URL(url).pathname.slice(1));
    return status === 200 ? new ByteResponse("hello", []) : new Response(null, { status });
  });
  const client = await test.connect();
  await client.send("HEAD /200 HTTP/1.1\r\nHost: x\r\n\r\n" + get("/204") + get("/304", "Connection: close"));
  const answers = (await client.rest()).split("\r\n\r\n");
  assert.equal(answers.length, 4);
  assert.equal(answers[3], "");
  assert.ok(answers.every((answer) => !answer.includes("content-length")), answers.join("\n\n"));
});

Deno.test("HttpServer serves HTTP/1.0 and closes, without chunks", async () => {
  await using test = new Fixture(() => new Response(new Blob(["hello"]).stream()));
  const answer = await test.exchange("GET / HTTP/1.0\r\n\r\n");
  assert.match(answer, /connection: close/);
  assert.doesNotMatch(answer, /chunked|content-length/);
  assert.match(answer, /\r\n\r\nhello$/);
});

Deno.test("HttpServer says 100 when the body is wanted, and not when it is refused", async () => {
  await using test = new Fixture((request) =>
    request.url.endsWith("/no") ? new ByteResponse("no", [], 413) : echo(request)
  );
  const client = await test.connect();
  await client.send(post("Expect: 100-continue", "Content-Length: 2", "Connection: close", "", ""));
  assert.match(await client.until("\r\n\r\n"), /^HTTP\/1\.1 100 /);
  await client.send("hi");
  assert.match(await client.rest(), /^HTTP\/1\.1 200 [^]*\r\n\r\nhi$/);
  const refused = await test.exchange(get("/no", "Expect: 100-continue", "Content-Length: 2"));
  assert.match(refused, /^HTTP\/1\.1 413 [^]*connection: close/);
});

Deno.test("HttpServer goes on after a small body that nobody read, and ends the connection after a large one", async () => {
  await using test = new Fixture(hello);
  const client = await test.connect();
  await client.send(post("Content-Length: 5", "", "") + "12");
  await client.until("hello");
  await client.send("345" + get("/"));
  await client.until("hello");
  await client.send(post("Content-Length: 100000000", "", "") + "x".repeat(10_000));
  assert.match(await client.until("hello"), /connection: close/);
  assert.equal(await client.rest(), "");
});

Deno.test("HttpServer answers bytes that are no request and ends the connection", async () => {
  await using test = new Fixture(hello);
  assert.match(await test.exchange("\x16\x03\x01 hello"), /^HTTP\/1\.1 400 [^]*"error_code":40003/);
  assert.match(await test.exchange("GET / HTTP/1.1\r\n\r\n"), /^HTTP\/1\.1 400 [^]*no Host field/);
  assert.match(await test.exchange(`GET /${"a".repeat(20_000)}`), /^HTTP\/1\.1 414 /);
  assert.match(await test.exchange(get("/", `X: ${"a".repeat(20_000)}`)), /^HTTP\/1\.1 431 /);
});

Deno.test("HttpServer answers 400 for a body whose chunks are none", async () => {
  await using test = new Fixture(echo);
  const answer = await test.exchange(post("Transfer-Encoding: chunked", "", "zz\r\n"));
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.deepEqual(test.logged, []);
});

Deno.test("HttpServer answers 500 when its handler fails, and says why in the log only", async () => {
  await using test = new Fixture(() => {
    throw new Error("secret");
  });
  const response = await fetch(test.url);
  assert.equal(response.status, 500);
  assert.doesNotMatch(await response.text(), /secret/);
  assert.match(test.logged[0]!, /secret/);
});

Deno.test("HttpServer cuts an answer off whose stream fails, so that it is not taken for whole", async () => {
  await using test = new Fixture(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          controller.enqueue(new TextEncoder().encode("part"));
          controller.error(new Error("broken"));
        },
      }, { highWaterMark: 0 }),
    )
  );
  const answer = await test.exchange(get("/"));
  assert.doesNotMatch(answer, /0\r\n\r\n$/);
  assert.match(test.logged[0]!, /broken/);
});

Deno.test("HttpServer aborts the signal when the client goes while its request is handled", async () => {
  const aborted: string[] = [];
  await using test = new Fixture(({ signal, url }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        aborted.push(new URL(url).pathname);
        resolve(new Response());
      });
    })
  );
  const one = await test.connect();
  await one.send(get("/one"));
  const two = await test.connect();
  await two.send(get("/two"));
  await eventually(() => test.server.inFlight === 2);
  one.close();
  await eventually(() => aborted.length === 1);
  await two.finish();
  await eventually(() => aborted.length === 2);
  assert.deepEqual(aborted, ["/one", "/two"]);
});

Deno.test("HttpServer aborts a signal that was asked for before the body had come", async () => {
  const aborted = Promise.withResolvers<void>();
  await using test = new Fixture(async (request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    await request.bytes();
    await aborted.promise;
    return new Response();
  });
  const client = await test.connect();
  await client.send(post("Content-Length: 4", "", "ha"));
  await pause(50);
  await client.send("lf");
  await pause(50);
  client.close();
  await aborted.promise;
});

Deno.test("HttpServer cancels a live stream when its client goes", async () => {
  let cancelled = false;
  await using test = new Fixture(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
        cancel: () => void (cancelled = true),
      }),
    )
  );
  const client = await test.connect();
  await client.send(get("/"));
  await client.until("first");
  client.close();
  await eventually(() => cancelled);
  await eventually(() => test.server.connectionCount === 0);
});

Deno.test("HttpServer asks a stream for no more than its client takes", async () => {
  const chunk = new Uint8Array(64 * 1024);
  let pulled = 0;
  await using test = new Fixture(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          pulled++;
          controller.enqueue(chunk);
        },
      }, { highWaterMark: 0 }),
    )
  );
  const client = await test.connect();
  await client.send(get("/"));
  await eventually(() => pulled > 0);
  for (let before = -1; before !== pulled;) {
    before = pulled;
    await pause(200);
  }
  // What the kernel holds of both sides, and one chunk.
  assert.ok(pulled * chunk.length < 32 * 1024 * 1024, `${pulled} chunks were asked for`);
});

Deno.test("HttpServer receives no more of a body than its reader asks for", async () => {
  const go = Promise.withResolvers<void>();
  let received = 0;
  await using test = new Fixture(async (request) => {
    const reader = request.body!.getReader();
    await go.promise;
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      received += piece.value.length;
    }
    return new Response(String(received));
  });
  const length = 50_000_000;
  const client = await test.connect();
  await client.send(post(`Content-Length: ${length}`, "Connection: close", "", ""));
  let sent = 0;
  const sending = (async () => {
    const piece = "x".repeat(100_000);
    for (; sent < length; sent += piece.length) await client.send(piece);
  })();
  for (let before = -1; before !== sent;) {
    before = sent;
    await pause(100);
  }
  assert.ok(sent < 20_000_000, `${sent} bytes were taken though nobody reads`);
  go.resolve();
  await sending;
  assert.match(await client.rest(), new RegExp(`\r\n${length}\r\n`));
});

Deno.test("HttpServer ends connections that keep it waiting for a head, with a 408", async () => {
  await using test = new Fixture(hello, { headMs: 50 });
  assert.match(await test.exchange("GET / HTTP/1.1\r\nHo"), /^HTTP\/1\.1 408 [^]*"error_code":40802/);
  const dripping = await test.connect();
  const start = performance.now();
  let isOpen = true;
  const closing = dripping.rest().then((text) => {
    isOpen = false;
    return text;
  });
  await dripping.send("GET / HTTP/1.1\r\n");
  while (isOpen && performance.now() - start < 5000) {
    await dripping.send("a").catch(() => {});
    await pause(10);
  }
  assert.match(await closing, /^HTTP\/1\.1 408 /);
});

Deno.test("HttpServer ends connections that keep it waiting for a body, or for anything", async () => {
  await using test = new Fixture(echo, { bodyMs: 50, idleMs: 100 });
  assert.match(
    await test.exchange(post("Content-Length: 10", "", "half")),
    /^HTTP\/1\.1 408 [^]*"error_code":40801/,
  );
  assert.equal(await test.exchange(""), "");
  assert.match(await test.exchange(get("/")), /^HTTP\/1\.1 200 /);
  assert.deepEqual(test.logged, []);
});

Deno.test("HttpServer ends a connection that does not take its answer", async () => {
  let isAsked = false;
  await using test = new Fixture(() => {
    isAsked = true;
    return new ByteResponse("x".repeat(50_000_000), []);
  }, { writeMs: 50 });
  const client = await test.connect();
  await client.send(get("/"));
  await eventually(() => isAsked);
  await eventually(() => test.server.inFlight === 0);
  client.close();
  await eventually(() => test.server.connectionCount === 0);
});

Deno.test("HttpServer lets a handler and a stream take their time", async () => {
  const late = { headMs: 20, bodyMs: 20, idleMs: 20, writeMs: 20 };
  await using test = new Fixture(async () => {
    await pause(200);
    return new Response(
      new ReadableStream({
        async pull(controller) {
          await pause(200);
          controller.enqueue(new TextEncoder().encode("late"));
          controller.close();
        },
      }, { highWaterMark: 0 }),
    );
  }, late);
  assert.equal(await (await fetch(test.url)).text(), "late");
});

Deno.test("HttpServer answers 429 beyond the requests it may have in flight, and goes on", async () => {
  const go = Promise.withResolvers<void>();
  await using test = new Fixture(async () => {
    await go.promise;
    return new ByteResponse("done", []);
  }, { requestsInFlight: 2 });
  const first = [fetch(test.url), fetch(test.url)];
  await eventually(() => test.server.inFlight === 2);
  const client = await test.connect();
  await client.send(get("/"));
  assert.match(await client.until("\n\r\n"), /^HTTP\/1\.1 429 [^]*retry-after: 1/);
  await client.until("}\n");
  go.resolve();
  for (const response of await Promise.all(first)) assert.equal(await response.text(), "done");
  await client.send(get("/"));
  await client.until("done");
});

Deno.test("HttpServer turns connections away beyond those it may have, in all and of an address", async () => {
  for (const limits of [{ connections: 2 }, { connectionsPerAddress: 2 }]) {
    await using test = new Fixture(hello, limits);
    const first = [await test.connect(), await test.connect()];
    for (const client of first) {
      await client.send(get("/"));
      await client.until("hello");
    }
    assert.match(await test.exchange(""), /^HTTP\/1\.1 503 [^]*retry-after: 1[^]*"error_code":50301/);
    first[0]!.close();
    await eventually(() => test.server.connectionCount === 1);
    const next = await test.connect();
    await next.send(get("/"));
    await next.until("hello");
  }
});

Deno.test("HttpServer.shutdown() ends idle connections at once and others after their answer", async () => {
  const go = Promise.withResolvers<void>();
  await using test = new Fixture(async () => {
    await go.promise;
    return new ByteResponse("done", []);
  });
  const idle = await test.connect();
  const busy = await test.connect();
  await busy.send(get("/"));
  await eventually(() => test.server.inFlight === 1);
  let isDown = false;
  const down = test.server.shutdown().then(() => isDown = true);
  assert.equal(await idle.rest(), "");
  assert.equal(isDown, false);
  go.resolve();
  assert.match(await busy.rest(), /connection: close[^]*done$/);
  await down;
});

Deno.test("HttpServer serves over a Unix socket, too", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/http.sock`;
  {
    await using test = new Fixture(hello, { connectionsPerAddress: 0 });
    test.server.serve(Deno.listen({ transport: "unix", path }));
    using socket = await Deno.connect({ transport: "unix", path });
    await socket.write(new TextEncoder().encode(get("/", "Connection: close")));
    const answer = await new Response(socket.readable).text();
    assert.match(answer, /hello$/);
  }
  await Deno.remove(directory, { recursive: true });
});
