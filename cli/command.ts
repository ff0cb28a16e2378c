/**
 * A command line as data: what commands there are, what flags each takes, and an example of each. Parsing
 * (`args.ts`), help (`help.ts`) and shell completion (`completion/`) all read this and nothing else.
 * @module
 */

/** Exit codes of every command. */
export const ExitCode = {
  OK: 0,
  /** It was understood, and can't be done. */
  FAILURE: 1,
  /** It was not understood. */
  USAGE: 2,
} as const;

/**
 * What shells complete where something is to be typed: names of settings ("config": of what the line's flags name;
 * "brokerSetting": of a broker that is to be started), or these words.
 */
export type CompletedNames = "topicConfig" | "config" | "clientConfig" | "brokerSetting" | readonly string[];

export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** One letter that stands for it: "b" for -b. Not "h", which is help's everywhere. */
  readonly short?: string;
  /** What its value is called in help: "HOST:PORT". Without it the flag is a switch and takes none. */
  readonly value?: string;
  /** May be given more than once. Default false. */
  readonly isRepeatable?: boolean;
  readonly summary: string;
  /** What its value begins with, where `value` does not say it ("TOPIC", "FILE", "a|b"). */
  readonly completes?: CompletedNames;
  /** What help has it under, for those that many commands share. Default "Flags". */
  readonly section?: string;
}

export interface Example {
  readonly line: string;
  readonly summary: string;
}

export interface Command {
  readonly name: string;
  /** For programs: help does not show it. Default false. */
  readonly isHidden?: boolean;
  /** A few words after the name. */
  readonly summary: string;
  /** What else help says; an end of line begins a paragraph, and help sees to the width. */
  readonly description?: string;
  readonly flags?: readonly Flag[];
  /** What words after the command are called in help: "COMMAND …". Without it there are none. */
  readonly operands?: string;
  /** Default false: it wants at least the first of them. */
  readonly areOperandsOptional?: boolean;
  /** See Flag. */
  readonly completes?: CompletedNames;
  readonly examples: readonly Example[];
  readonly commands?: readonly Command[];
  /** Returns an exit code. A command without it only has others below it. */
  run?(invocation: Invocation): number | Promise<number>;
}

/** Where a command's words go and what it may ask about its surroundings. */
export interface Terminal {
  /** Lines for whoever reads the result. */
  print(text: string): void;
  /** The same for much of it, ends of lines included. Throws Deno.errors.BrokenPipe once nobody reads. */
  write(text: string): void;
  /**
   * The same for bytes that are no text, without stopping what else goes on while whoever reads is slow. They must stay as
   * they are until it resolves. Rejects with Deno.errors.BrokenPipe once nobody reads.
   */
  writeBytes(bytes: Uint8Array): Promise<void>;
  /** Whether nobody reads the result any more: for those that have nothing to write just now. */
  isAbandoned?(): Promise<boolean>;
  /** Lines for whoever watches. */
  report(text: string): void;
  /** Writes over the line at the cursor, for whoever watches; "" clears it. Undefined if nobody does. */
  readonly status?: ((text: string) => void) | undefined;
  /** Asks whoever watches, and waits for a line of answer. Undefined if nobody is there to give one. */
  readonly ask?: ((question: string) => string) | undefined;
  /** Whether the result goes to a screen. */
  readonly outputIsTerminal?: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

/** One call of a command. */
export interface Invocation {
  readonly flags: FlagValues;
  readonly operands: readonly string[];
  readonly terminal: Terminal;
}

/** The flags that were given. */
export class FlagValues {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** A switch that is on has the value "". */
  constructor(values: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#values = values;
  }

  isOn(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** It can't be done: the message is one sentence for the person who asked, told without a stack. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  constructor(message: string, readonly exitCode: number = ExitCode.FAILURE) {
    super(message);
  }
}
