import { quietTerminal } from "./testing/quiet_terminal.ts";
import { deepEqual, equal, throws } from "node:assert/strict";
import { producerKeys } from "../client/config/producer_keys.ts";
import { parseLine } from "./args.ts";
import { clientConfigOf, clusterConfigOf } from "./cluster_config.ts";
import { clusterFlags } from "./cluster_flags.ts";
import { type Command, CommandFailure, type Invocation } from "./command.ts";

const go: Command = { name: "go", summary: "goes", flags: clusterFlags, examples: [], run: () => 0 };

function invocation(args: string[], environment: Record<string, string> = {}): Invocation {
  const line = parseLine(go, args);
  if (line.kind !== "run") throw new Error(line.kind === "misuse" ? line.message : line.kind);
  const terminal = { ...quietTerminal, environment };
  return { flags: line.flags, operands: line.operands, terminal };
}

function config(args: string[], environment?: Record<string, string>) {
  return clusterConfigOf(invocation(args, environment));
}

function refusal(args: string[], environment?: Record<string, string>): string {
  let message = "";
  throws(() => config(args, environment), (error) => {
    message = `${(error as CommandFailure).exitCode}: ${(error as Error).message}`;
    return error instanceof CommandFailure;
  });
  return message;
}

function temporaryFile(text: string): Disposable & { readonly path: string } {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, text);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

const local = {
  "bootstrap.servers": "127.0.0.1:9092",
  "socket.connection.setup.timeout.ms": "4000",
  "security.protocol": "PLAINTEXT",
};

Deno.test("clusterConfigOf is the local broker when nothing is said", () => {
  deepEqual(config([]), local);
  deepEqual(config([], { MILENA_BOOTSTRAP: "" }), local);
});

Deno.test("clusterConfigOf takes a flag before the environment, that before a file", () => {
  using file = temporaryFile("bootstrap.servers = file:1\nclient.id=from-file\n");
  const environment = { MILENA_BOOTSTRAP: "environment:1" };
  const servers = (args: string[], environment?: Record<string, string>) =>
    config(args, environment)["bootstrap.servers"];
  equal(servers(["--config-file", file.path]), "file:1");
  equal(servers([], { MILENA_CONFIG_FILE: file.path }), "file:1");
  equal(servers(["--config-file", file.path], environment), "environment:1");
  equal(servers(["--config-file", file.path, "-b", "flag:1"], environment), "flag:1");
  equal(servers(["-X", "bootstrap.servers=flag:1,flag:2"], environment), "flag:1,flag:2");
  equal(config(["--config-file", file.path, "-b", "flag:1"])["client.id"], "from-file");
});

Deno.test("clusterConfigOf knows by what is given whether it is TLS and SASL", () => {
  using ca = temporaryFile("PEM");
  const protocol = (...args: string[]) => config(args)["security.protocol"];
  equal(protocol("--tls"), "SSL");
  equal(protocol("--tls-ca", ca.path), "SSL");
  equal(protocol("--user", "a", "--password", "b"), "SASL_PLAINTEXT");
  equal(protocol("--user", "a", "--password", "b", "--tls"), "SASL_SSL");
  equal(protocol("--user", "a", "-X", "security.protocol=ssl"), "ssl", "what is said counts");
  deepEqual(
    config(["--tls-ca", ca.path, "--sasl-mechanism", "scram-sha-256"], { MILENA_PASSWORD: "secret" }),
    {
      ...local,
      "security.protocol": "SASL_SSL",
      "ssl.ca": "PEM",
      "sasl.mechanism": "scram-sha-256",
      "sasl.password": "secret",
    },
  );
});

Deno.test("clusterConfigOf refuses what is no config, and says so as a misuse", () => {
  equal(refusal(["-X", "clientid=x"]), '2: an admin has no config "clientid"; did you mean client.id?');
  equal(refusal(["-X", "linger.ms=5"]), '2: an admin has no config "linger.ms"');
  equal(
    refusal(["-X", "client.id"]),
    '2: -X is "client.id", but must be KEY=VALUE, such as request.timeout.ms=5000',
  );
  equal(refusal(["-X", "client.id=a", "-X", "client.id=b"]), "2: -X gives client.id more than once");
  equal(
    refusal(["-b", "a:1", "-X", "bootstrap.servers=b:1"]),
    "2: bootstrap.servers is given by both --bootstrap and -X",
  );
  equal(
    refusal(["-X", "request.timeout.ms=soon"]),
    '2: "request.timeout.ms" of an admin is "soon", but must be a whole number of at least 1',
  );
  equal(refusal(["--config-file", "/nowhere"]), "1: --config-file /nowhere: there is no such file");
  equal(refusal(["--tls-ca", "/nowhere"]), "1: --tls-ca /nowhere: there is no such file");
});

Deno.test("clientConfigOf passes over what a file has for other kinds of clients", () => {
  using file = temporaryFile("linger.ms=7\ngroup.id=readers\n");
  const args = ["--config-file", file.path];
  deepEqual(config(args), local);
  deepEqual(clientConfigOf(invocation(args), "a producer", producerKeys), { ...local, "linger.ms": "7" });
  using wrong = temporaryFile("liinger.ms=7\n");
  throws(
    () => clientConfigOf(invocation(["--config-file", wrong.path]), "a producer", producerKeys),
    /a producer has no config "liinger.ms"; did you mean linger.ms\?/,
  );
});

Deno.test("a transactional id is refused: no command ends a transaction", () => {
  const wanted = /^"transactional.id" is for programs/;
  throws(() => clientConfigOf(invocation(["-X", "transactional.id=t"]), "a producer", producerKeys), {
    message: wanted,
  });
  using file = temporaryFile("transactional.id=t\n");
  throws(() => clientConfigOf(invocation(["--config-file", file.path]), "a producer", producerKeys), {
    message: wanted,
  });
});
