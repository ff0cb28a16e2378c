/**
 * A request as its bytes: with a body where `fetch` allows none, and any Host.
 * @module
 */
export class RawHttp {
  readonly #address: { readonly host: string; readonly port: number };

  constructor(address: { readonly host: string; readonly port: number }) {
    this.#address = address;
  }

  async ask(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: string }> {
    const text = JSON.stringify(body);
    const fields = {
      host: `${this.#address.host}:${this.#address.port}`,
      "content-type": "application/json",
      "content-length": String(new TextEncoder().encode(text).length),
      connection: "close",
      ...headers,
    };
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    using connection = await Deno.connect({ hostname: this.#address.host, port: this.#address.port });
    const bytes = new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${head}\r\n${text}`);
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    let answer = "";
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(65_536);
    for (let count = await connection.read(chunk); count !== null; count = await connection.read(chunk)) {
      answer += decoder.decode(chunk.subarray(0, count), { stream: true });
    }
    const end = answer.indexOf("\r\n\r\n");
    return { status: Number(answer.split(" ")[1]), body: answer.slice(end + 4) };
  }
}
