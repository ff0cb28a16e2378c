/**
 * docs/clients.md names the versions that the tests use.
 * @module
 */
import assert from "node:assert/strict";

const read = (path: string) => Deno.readTextFileSync(new URL(path, import.meta.url));

Deno.test("docs/clients.md has a row for each client at the version that is tried", () => {
  const { imports } = JSON.parse(read("../../deno.json"));
  const npm = ["kafkajs", "@platformatic/kafka"].map((name) => imports[name].replace("npm:", ""));
  const sources = ["./confluent.ts", "./kafka_python.ts"].map(read).join();
  const python = [...sources.matchAll(/pythonEnvironment\("([^"]+)==([^"]+)"/g)].map(([, name, version]) =>
    `${name}@${version}`
  );
  assert.equal(python.length, 4, "Python packages");
  const rows = read("../../docs/clients.md").split("\n").filter((line) => line.startsWith("| "));
  for (const client of [...npm, ...python]) {
    const [, name, version] = /^(.+)@(.+)$/.exec(client)!;
    const row = rows.find((row) => row.startsWith(`| ${name} `) && row.includes(`| ${version}`));
    assert.ok(row !== undefined, `docs/clients.md has no row of ${name} ${version}`);
  }
});
