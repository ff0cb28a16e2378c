/**
 * Consumers are fed by sendfile: user space never sees the records. Counted by strace, over a consumer of 50 MB.
 * @module
 */
import assert from "node:assert/strict";
import { startMilena } from "../support/milena_process.ts";
import { program, type Requirement, testNeeding } from "../support/requirement.ts";
import { tryCommand } from "../support/run_command.ts";
import { kcat, kcatProgram } from "./kcat.ts";
import { createTopic } from "./topic.ts";

async function ptrace(): Promise<Requirement> {
  const name = "strace";
  const { missing } = program(name);
  if (missing !== undefined) return { name, missing };
  const { code, stderr } = await tryCommand("strace", ["-c", "true"]);
  if (code === 0) return { name, missing: undefined };
  return { name, missing: `strace may not trace here: ${stderr.slice(0, 100)}`, optional: true };
}

const megabyte = 1_000_000;

testNeeding(
  [await ptrace(), kcatProgram],
  "a consumer of 50 MB gets its records by sendfile, none by write or send",
  async () => {
    await using broker = await startMilena();
    const topic = await createTopic(broker.bootstrap, "fifty-megabytes");
    // 500 records of 100 kB, incompressible.
    const record = new Uint8Array(100_000);
    crypto.getRandomValues(record.subarray(0, 65_536));
    const input = await Deno.makeTempFile();
    const trace = await Deno.makeTempFile();
    try {
      await Deno.writeFile(input, record);
      await kcat(broker.bootstrap, ["-P", "-t", topic, "-p", "0", ...new Array<string>(500).fill(input)]);
      const tracer = new Deno.Command("strace", {
        args: [
          ...["-f", "-qq", "-o", trace, "-p", String(broker.pid)],
          ...[
            "-e",
            "trace=sendfile,sendfile64,splice,write,writev,pwrite64,send,sendto,sendmsg",
            "-e",
            "signal=none",
          ],
          ...["-s", "0"],
        ],
        stderr: "null",
      }).spawn();
      // strace says nothing when it has attached to all threads: its file then begins to fill with what the broker does.
      await attached(broker.pid);
      const { stdout } = await kcat(broker.bootstrap, [
        "-C",
        "-t",
        topic,
        "-o",
        "beginning",
        "-e",
        "-q",
        "-D",
        "",
      ]);
      tracer.kill("SIGINT");
      await tracer.status;
      assert.equal(stdout.length, 50 * megabyte);

      const bytes = bytesBySyscall(await Deno.readTextFile(trace));
      const bySendFile = (bytes.get("sendfile") ?? 0) + (bytes.get("sendfile64") ?? 0);
      const otherwise = [...bytes].filter(([name]) => !name.startsWith("sendfile")).reduce(
        (sum, [, n]) => sum + n,
        0,
      );
      const said = [...bytes].map(([name, n]) => `${name} ${n}`).join(", ");
      assert.ok(bySendFile >= 50 * megabyte, `sendfile must carry all 50 MB: ${said}`);
      assert.ok(otherwise < megabyte, `only headers may go another way, less than 1 MB: ${said}`);
    } finally {
      await Deno.remove(input);
      await Deno.remove(trace);
    }
  },
);

/** Returns when every thread of `pid` has a tracer. */
async function attached(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)];
    const traced = tasks.every(({ name }) => {
      const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
      return !/^TracerPid:\s+0$/m.test(status);
    });
    if (traced) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`strace did not attach to all threads of ${pid} within 5 s`);
}

/** Sums what each call returned; a call that another thread interrupted in the trace has its result on a later line. */
function bytesBySyscall(trace: string): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const line of trace.split("\n")) {
    const match = /^\d+\s+(?:<\.\.\. )?(\w+)[( ].*\)\s+= (\d+)/.exec(line);
    if (match !== null) bytes.set(match[1]!, (bytes.get(match[1]!) ?? 0) + Number(match[2]));
  }
  return bytes;
}
