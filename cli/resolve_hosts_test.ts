import { deepEqual, equal, throws } from "node:assert/strict";
import { isIP } from "node:net";
import { resolveHosts } from "./resolve_hosts.ts";

Deno.test("resolveHosts leaves addresses as they are", () => {
  const listeners = ["", "0.0.0.0", "127.0.0.1", "::1", "localhost"].map((host) => ({ host, port: 1 }));
  deepEqual(resolveHosts(listeners), listeners);
});

Deno.test("resolveHosts finds an address for a name of this machine", () => {
  const [resolved] = resolveHosts([{ host: "LOCALHOST", port: 5 }]);
  equal(isIP(resolved!.host) !== 0, true);
  equal(resolved!.port, 5);
});

Deno.test("resolveHosts says which name there is no host of", () => {
  throws(
    () => resolveHosts([{ host: "no-such-host.invalid", port: 5 }]),
    /can't listen on no-such-host\.invalid:5 for Kafka: there is no host of that name/,
  );
});
