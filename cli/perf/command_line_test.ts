import { equal } from "node:assert/strict";
import { commandLine } from "./command_line.ts";

Deno.test("commandLine has quotes where a shell wants some", () => {
  equal(
    commandLine(["perf", "produce", "--against", "Apache Kafka=127.0.0.1:19092", "--topic", "it's"]),
    "milena perf produce --against 'Apache Kafka=127.0.0.1:19092' --topic 'it'\\''s'",
  );
});

Deno.test("commandLine has no secrets", () => {
  const words = ["--user", "ada", "--password", "s3cret", "--password=s3cret", "-X", "sasl.password=s3cret"];
  equal(
    commandLine([...words, "-Xsasl.password=s3cret", "--config-opt=ssl.key=s3cret\nx", "-X", "acks=1"]),
    "milena --user ada --password … --password=… -X sasl.password=… -Xsasl.password=… --config-opt=ssl.key=… -X acks=1",
  );
});
