import assert from "node:assert/strict";
import { TinyBroker } from "../../tests/support/tiny_broker.ts";
import { type HttpOptions, type HttpServer, serveHttp } from "./serve_http.ts";

/** The real listener over a broker in memory. */
class Fixture implements AsyncDisposable {
  readonly #broker: TinyBroker;
  readonly server: HttpServer;
  #stopped = false;

  private constructor(broker: TinyBroker, server: HttpServer) {
    this.#broker = broker;
    this.server = server;
  }

  static async start(options: Partial<HttpOptions> = {}): Promise<Fixture> {
    const broker = new TinyBroker();
    broker.create("orders", 1);
    const starting = serveHttp({
      listen: { host: "127.0.0.1", port: 0 },
      gateway: { path: broker.path },
      maxBodyBytes: 1000,
      nodeId: 1,
      log: () => {},
      isReady: () => ({ ready: true }),
      ...options,
    });
    try {
      return new Fixture(broker, await starting);
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  get broker(): TinyBroker {
    return this.#broker;
  }

  get url(): string {
    const { host, port } = this.server.address;
    return `http://${host}:${port}`;
  }

  /** Sends bytes as they are and returns the answer. */
  async raw(text: string): Promise<string> {
    const { host, port } = this.server.address;
    using socket = await Deno.connect({ hostname: host, port });
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
    const decoder = new TextDecoder();
    let answer = "";
    const buffer = new Uint8Array(4096);
    // After an answer before the whole body, the connection stays until the body has come.
    while (!answer.endsWith("}\n")) {
      const count = await socket.read(buffer);
      if (count === null) break;
      answer += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    return answer;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.server.shutdown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#stopped) await this.stop();
    await this.#broker[Symbol.asyncDispose]();
  }
}

Deno.test("serveHttp() takes header bytes as they are on the wire", async () => {
  await using test = await Fixture.start();
  const answer = await test.raw(
    "POST /topics/orders/records HTTP/1.1\r\nHost: x\r\nKafka-Key: ключ\r\nKafka-Header-Trace: é\r\n" +
      "Content-Length: 2\r\nConnection: close\r\n\r\nhi",
  );
  assert.match(answer, /^HTTP\/1\.1 200 /);
  const records = await (await fetch(`${test.url}/topics/orders/partitions/0/records`)).json();
  assert.equal(records[0].key, "ключ");
  assert.deepEqual(records[0].headers, [{ key: "trace", value: "é" }]);
});

Deno.test("serveHttp() refuses a large body before it comes when its length is told", async () => {
  await using test = await Fixture.start();
  const answer = await test.raw(
    "POST /topics/orders/records HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\nConnection: close\r\n\r\n",
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /A body of 1001 bytes is larger than the 1000 bytes/);
});

Deno.test("serveHttp() refuses a large body while it comes when its length is not told", async () => {
  await using test = await Fixture.start();
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
  const answer = await test.raw(
    "POST /topics/orders/records HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
      chunk,
  );
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

Deno.test("serveHttp() gives up a body that stops coming, and the connection with it", async () => {
  await using test = await Fixture.start({ limits: { bodyMs: 50 } });
  for (const head of ["Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"]) {
    const answer = await test.raw(`POST /topics/orders/records HTTP/1.1\r\nHost: x\r\n${head}`);
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /connection: close/i);
    assert.match(answer, /was not complete after 0\.05 s/);
  }
  assert.equal(test.broker.topics.get("orders")![0]!.endOffset, 0, "nothing was written");
});

Deno.test("serveHttp() answers waiting reads when it is shut down", async () => {
  await using test = await Fixture.start();
  const waiting = fetch(`${test.url}/topics/orders/partitions/0/records?timeout=60000`);
  while (!test.broker.requests.some(({ apiKey }) => apiKey === 1)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const start = performance.now();
  await test.stop();
  assert.deepEqual(await (await waiting).json(), []);
  assert.ok(performance.now() - start < 4000);
});

Deno.test("serveHttp() ends a read when its caller goes", async () => {
  await using test = await Fixture.start();
  const gone = new AbortController();
  const leaving = fetch(`${test.url}/topics/orders/partitions/0/records?timeout=60000`, {
    signal: gone.signal,
  });
  while (!test.broker.requests.some(({ apiKey }) => apiKey === 1)) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  gone.abort();
  await assert.rejects(leaving);
  // Shutting down waits for the requests there are: it would take a minute.
  const start = performance.now();
  await test.stop();
  assert.ok(performance.now() - start < 4000);
});

Deno.test("serveHttp() does not wait longer than its grace when a request never ends", async () => {
  await using test = await Fixture.start({ shutdownGraceMs: 100 });
  const { host, port } = test.server.address;
  using socket = await Deno.connect({ hostname: host, port });
  // On one runtime the first holds the server up, on the other the second.
  await socket.write(
    new TextEncoder().encode("POST /topics/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"),
  );
  await socket.read(new Uint8Array(1000));
  using other = await Deno.connect({ hostname: host, port });
  await other.write(new TextEncoder().encode("POST /topics/x HTTP/1.1\r\nHo"));
  const start = performance.now();
  await test.stop();
  assert.ok(performance.now() - start < 3000);
});

Deno.test("serveHttp() rejects when the port is in use", async () => {
  await using test = await Fixture.start();
  await assert.rejects(Fixture.start({ listen: test.server.address }), Deno.errors.AddrInUse);
});
