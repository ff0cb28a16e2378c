/**
 * The body of a GET over a plain socket, by HTTP/1.0, where it is what follows the head: next to nothing of the time measured
 * is the client's.
 * @module
 */
export interface BodyRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly accept: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** Opens a connection and reads the head; throws unless the status is 200. `begin`: what came of the body with it. */
export async function openBody(request: BodyRequest) {
  const { host, port, path, accept } = request;
  const socket = await Deno.connect({ hostname: host, port });
  try {
    await socket.write(encoder.encode(`GET ${path} HTTP/1.0\r\nhost: ${host}\r\naccept: ${accept}\r\n\r\n`));
    const bytes = new Uint8Array(16_384);
    let head = "";
    while (!head.includes("\r\n\r\n")) {
      const length = await socket.read(bytes);
      if (length === null) throw new Error(`no answer but ${JSON.stringify(head)}`);
      head += decoder.decode(bytes.subarray(0, length));
    }
    if (!/^HTTP\/1\.\d 200 /.test(head)) throw new Error(head);
    const bodyStart = head.indexOf("\r\n\r\n") + 4;
    return {
      socket,
      head: head.slice(0, bodyStart),
      begin: Uint8Array.from(head.slice(bodyStart), (char) => char.charCodeAt(0)),
    };
  } catch (error) {
    socket.close();
    throw error;
  }
}
