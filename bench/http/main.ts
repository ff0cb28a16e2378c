/**
 * `deno task bench:http`: what HTTP costs, in one run. Each file in `scenarios/` is one table.
 * @module
 */
import { parseArgs } from "node:util";
import { startMilena } from "../../tests/support/milena_process.ts";
import { describeMachine, thisMachine } from "../../cli/perf/machine.ts";
import { table } from "../peers/report.ts";
import { wholeNumber } from "../peers/whole_number.ts";
import type { Scenario } from "./scenario.ts";
import { whyNoWrk } from "./wrk.ts";

const usage = `deno task bench:http: requests, records and bytes a second over HTTP

  --seconds N    length of each run (4)
  --rounds N     runs of each thing that is compared (3)
  --only NAME    one scenario, by the name of its file
  --quick        a minute: --seconds 1 --rounds 1

MILENA_BINARY names the executable to measure, such as dist/milena (default: from source).`;

function parseOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      "seconds": { type: "string", default: "4" },
      "rounds": { type: "string", default: "3" },
      "only": { type: "string" },
      "quick": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  return {
    seconds: quick ? 1 : wholeNumber("seconds", values.seconds, 600),
    rounds: quick ? 1 : wholeNumber("rounds", values.rounds, 100),
    only: values.only,
    help: values.help,
  };
}

async function loadScenarios(only: string | undefined): Promise<Scenario[]> {
  const folder = new URL("./scenarios/", import.meta.url);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
    .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts"))
    .sort();
  const wanted = only === undefined ? names : names.filter((name) => name === `${only}.ts`);
  if (wanted.length === 0) throw new Error(`--only has "${only}", but there are ${names.join(", ")}`);
  return await Promise.all(wanted.map(async (name) => (await import(new URL(name, folder).href)).scenario));
}

async function main(args: string[]): Promise<number> {
  let options: ReturnType<typeof parseOptions>;
  let scenarios: Scenario[];
  try {
    options = parseOptions(args);
    scenarios = await loadScenarios(options.only);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  const missing = await whyNoWrk();
  if (options.help || missing !== undefined) {
    console.log(options.help ? usage : missing);
    return options.help ? 0 : 1;
  }
  console.log(
    `${describeMachine(await thisMachine())}; ${new Date().toISOString()}; Deno ${Deno.version.deno}`,
  );
  for (const scenario of scenarios) {
    // Each with a broker of its own: nobody inherits another's records.
    await using milena = await startMilena();
    const { host, port } = milena.http;
    const { seconds, rounds } = options;
    const { header, rows, notes } = await scenario.run({
      milena,
      url: `http://${host}:${port}`,
      seconds,
      rounds,
    });
    console.log(`\n## ${scenario.title}\n\n${table(header, rows)}\n\n${notes.join("\n")}`);
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
