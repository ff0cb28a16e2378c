import { equal, match } from "node:assert/strict";
import { listenFailure } from "./listen_failure.ts";

function sentence(code: string): string {
  const error = Object.assign(new Error(`bind: text (${code})`), { code });
  return listenFailure(error, { host: "127.0.0.1", port: 80 }, "HTTP");
}

Deno.test("listenFailure says what to do about a port that is taken", () => {
  equal(
    sentence("EADDRINUSE"),
    "can't listen on 127.0.0.1:80 for HTTP: another program has that port; stop it, or choose another port (0: any free one)",
  );
});

Deno.test("listenFailure knows the usual mistakes and keeps the system's words for others", () => {
  match(sentence("EACCES"), /ports below 1024 are for privileged users/);
  match(sentence("EADDRNOTAVAIL"), /this machine has no such address/);
  match(sentence("ENOTFOUND"), /there is no host of that name/);
  equal(sentence("EIO"), "can't listen on 127.0.0.1:80 for HTTP: bind: text (EIO)");
});

Deno.test("listenFailure understands what the runtime throws", () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    Deno.listen({ hostname: "127.0.0.1", port: taken.addr.port }).close();
  } catch (error) {
    match(listenFailure(error, { host: "127.0.0.1", port: 80 }, "HTTP"), /another program has that port/);
  }
});
