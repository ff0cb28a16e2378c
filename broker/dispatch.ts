/**
 * From a frame to its handler, by API key and version. The one place where a request that can't be served is turned
 * away: an ApiVersions request that is newer than ours gets error 35 in the oldest form, which every client reads
 * (KIP-511); anything else that is unknown closes the connection, as Kafka does, with one line in the log per kind
 * of client.
 * @module
 */
import { api } from "../protocol/apis.ts";
import { decodeRequestHeader, type RequestHeader } from "../protocol/header.ts";
import { Reader } from "../protocol/primitives.ts";
import type { Broker } from "./broker.ts";
import { answerUnsupportedApiVersions } from "./handlers/18_api_versions.ts";
import { type Connection, ProtocolViolation } from "./reactor/connection.ts";
import { Request } from "./request.ts";

const MAX_REMEMBERED_COMPLAINTS = 1000;
const MAX_LOGGED_CLIENT_ID_LENGTH = 64;

export class Dispatcher {
  readonly #broker: Broker;
  readonly #complaints = new Set<string>();

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  handleFrame(connection: Connection, bytes: Uint8Array, start: number, end: number): void {
    const reader = new Reader(bytes, start, end);
    const header = decodeRequestHeader(reader);
    if (reader.failed) {
      throw new ProtocolViolation(`sent ${end - start} bytes that are no Kafka request header`);
    }
    const { apiKey, apiVersion } = header;
    const handler = this.#broker.handlers.get(apiKey);
    const isServed = handler !== undefined && apiVersion >= handler.versions.from &&
      apiVersion <= handler.versions.to;
    if (!isServed && apiKey !== api.ApiVersions.key) this.#refuse(connection, header);
    const served = handler?.api ?? api.ApiVersions;
    const reply = connection.expectReply();
    reply.apiKey = served.key;
    reply.mayPark = handler?.mayPark ?? false;
    this.#broker.metrics.countRequest(served.key);
    const request = new Request(connection, served, header, reader, reply);
    if (!isServed) return answerUnsupportedApiVersions(this.#broker, request);
    try {
      handler.handle(this.#broker, request);
    } catch (error) {
      if (error instanceof ProtocolViolation) throw error;
      // Our own mistake: this client is cut off, nobody else notices, and the log says where to look.
      const { stack, message } = error as Error;
      this.#broker.log(
        "error",
        `a defect in Milena, please report it: ${handler.api.name} v${apiVersion}: ${stack ?? message}`,
      );
      throw new ProtocolViolation(
        `asked for ${handler.api.name}, which failed within the broker (see the line before)`,
      );
    }
  }

  #refuse(connection: Connection, { apiKey, apiVersion, clientId }: RequestHeader): never {
    this.#broker.metrics.add("unsupportedRequests", 1);
    const served = this.#broker.handlers.get(apiKey);
    const what = served === undefined
      ? `API key ${apiKey}, which this broker does not serve`
      : `${served.api.name} version ${apiVersion}; served are ${served.versions.from} to ${served.versions.to}`;
    // A client that has told its name and version is named by them in every line about its connection.
    const client = connection.clientSoftware === "" ? clientIdWords(clientId) : "";
    const complaint = `${connection.clientSoftware}${client} ${what}`;
    const isNew = this.#complaints.size < MAX_REMEMBERED_COMPLAINTS && !this.#complaints.has(complaint);
    if (isNew) this.#complaints.add(complaint);
    throw new ProtocolViolation(isNew ? `asked for ${what}${client}` : undefined);
  }
}

/** Escaped and cut: a stranger's text must neither end the line nor fill the log. */
function clientIdWords(clientId: string | null): string {
  if (clientId === null || clientId === "") return " (no client id)";
  return ` (client id ${JSON.stringify(clientId.slice(0, MAX_LOGGED_CLIENT_ID_LENGTH))})`;
}
