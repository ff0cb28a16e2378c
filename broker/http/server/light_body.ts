/**
 * What a light Request and a light Response share: the standard's ways to take a body, all made of one.
 * @module
 */
const decoder = new TextDecoder();

export abstract class LightBody implements Body {
  abstract readonly headers: Headers;
  abstract readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  abstract readonly bodyUsed: boolean;
  /** All of it. Rejects with a TypeError if it was taken before. */
  abstract bytes(): Promise<Uint8Array<ArrayBuffer>>;

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = await this.bytes();
    return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  }

  async text(): Promise<string> {
    return decoder.decode(await this.bytes());
  }

  // deno-lint-ignore no-explicit-any -- as the standard has it
  async json(): Promise<any> {
    return JSON.parse(await this.text());
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.headers.get("content-type") ?? "" });
  }

  async formData(): Promise<FormData> {
    const type = this.headers.get("content-type");
    return await new Response(await this.bytes(), { headers: type === null ? {} : { "content-type": type } })
      .formData();
  }

  textStream(): ReadableStream<string> {
    const bytes: ReadableStream<BufferSource> = this.body ?? new Blob().stream();
    return bytes.pipeThrough(new TextDecoderStream());
  }
}
