/**
 * kcat -G: a balanced consumer on the command line, that tells its assignment on standard error.
 * @module
 */
import { librdkafkaConfig } from "./confluent_group.ts";
import type { GroupClient, GroupMember, JoinOptions } from "./group_client.ts";
import { kcatProgram } from "./kcat.ts";
import { Seen } from "./seen.ts";

export const kcatGroup: GroupClient = {
  name: "kcat -G",
  needs: [kcatProgram],
  assignors: ["range", "roundrobin"],
  staticAssignor: "range",
  join: joinByKcat,
};

export interface KcatMember extends GroupMember {
  /** SIGKILL: the group is told nothing. */
  kill(): Promise<void>;
}

export function joinByKcat(options: JoinOptions): Promise<KcatMember> {
  const { bootstrap, group, topic } = options;
  const settings = {
    ...librdkafkaConfig(options),
    "auto.offset.reset": "earliest",
    "auto.commit.interval.ms": 200,
  };
  const child = new Deno.Command("kcat", {
    args: [
      ...["-b", bootstrap, "-u", "-f", "%s\n"],
      ...Object.entries(settings).flatMap(([name, value]) => ["-X", `${name}=${value}`]),
      ...["-G", group, topic],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const seen = new Seen();
  const reading = Promise.all([
    eachLine(child.stdout, (line) => seen.value(line)),
    eachLine(child.stderr, (line) => {
      const [, event, list] = /^% Group .*: (assigned|revoked): ?(.*)$/.exec(line) ?? [];
      const partitions = [...(list ?? "").matchAll(/\[(\d+)\]/g)].map(([, partition]) => Number(partition));
      if (event === "assigned") seen.add(partitions);
      if (event === "revoked") seen.remove(partitions);
    }),
  ]);
  const end = async (signal: Deno.Signal) => {
    child.kill(signal);
    await child.status;
    await reading;
  };
  return Promise.resolve({
    state: () => Promise.resolve(seen.state()),
    leave: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  });
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  }
}
