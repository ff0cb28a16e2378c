/**
 * What makes connections to a cluster secure: TLS hides what is said and proves who the broker is, SASL who the client is.
 * @module
 */
import type { TlsOptions } from "../sockets/socket.ts";
import type { SaslMechanism } from "./sasl_mechanism.ts";

export interface Security {
  readonly tls?: TlsOptions | undefined;
  readonly sasl?: SaslMechanism | undefined;
}
