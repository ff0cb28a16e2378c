import { equal, match, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { PseudoTerminal } from "../../tests/support/pseudo_terminal.ts";
import { program, testNeeding } from "../../tests/support/requirement.ts";

const view = fileURLToPath(new URL("./testing/failing_view.ts", import.meta.url));

testNeeding(
  [program("python3")],
  "LiveScreen gives the terminal back before an error that nobody caught is told",
  async () => {
    const script = '"$@"; stty -a | grep -oE -e "-?(icanon|echo)\\b" | sort | xargs';
    await using terminal = new PseudoTerminal(
      "sh",
      ["-c", script, "sh", Deno.execPath(), "run", "-A", view],
      {
        environment: { NO_COLOR: "1" },
      },
    );
    await terminal.exitCode();
    match(terminal.written, /drawn/);
    ok(!terminal.screen.isAlternate && terminal.screen.isCursorVisible);
    match(terminal.screen.text, /Error: a defect/, "it is on the screen that stays");
    equal(terminal.screen.text.split("\n").at(-1), "echo icanon");
  },
);
