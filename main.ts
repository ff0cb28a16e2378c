/** The program: `deno run -A main.ts serve`, or the binary that `deno task compile` makes of it. */
import { main } from "./cli/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
