/**
 * `milena completion …`, and what the shells ask while somebody types.
 * @module
 */
import { type Command, ExitCode } from "../command.ts";

const HOW_TO = {
  bash: {
    line: "milena completion bash > /etc/bash_completion.d/milena",
    summary: "for everybody's next shell",
  },
  zsh: { line: 'milena completion zsh > "${fpath[1]}/_milena"', summary: "for the next shell" },
  fish: {
    line: "milena completion fish > ~/.config/fish/completions/milena.fish",
    summary: "for the next shell",
  },
} as const;

function ofShell(shell: keyof typeof HOW_TO): Command {
  return {
    name: shell,
    summary: `a script that lets ${shell} complete milena's command lines`,
    description:
      "Commands, flags and their values come from the program itself, so the script never gets old; names of topics and " +
      "groups from the cluster that the line is about, if it answers within a second.",
    examples: [HOW_TO[shell]],
    async run({ terminal }) {
      terminal.write((await import("./scripts.ts")).scripts[shell]);
      return ExitCode.OK;
    },
  };
}

export const completion: Command = {
  name: "completion",
  summary: "let bash, zsh or fish complete command lines",
  examples: [
    { line: "milena completion bash > /etc/bash_completion.d/milena", summary: "for everybody's next shell" },
  ],
  commands: [ofShell("bash"), ofShell("zsh"), ofShell("fish")],
};

/** Who has the whole tree, this being part of it, gives it. */
export function completeCommand(tree: () => Command): Command {
  return {
    name: "__complete",
    isHidden: true,
    summary: "what may come next on a command line",
    description:
      "The words after -- are those of the line up to the cursor, without the program's name; the last is the one to be " +
      "completed. The first line of the answer says what else fits (:files, :directories, :none), then come words, each " +
      "with a tab and what it means.",
    operands: "WORD …",
    examples: [{ line: "milena __complete -- topic cr", summary: "topic create" }],
    run: async (invocation) => (await import("./answer_shell.ts")).answerShell(tree(), invocation),
  };
}
