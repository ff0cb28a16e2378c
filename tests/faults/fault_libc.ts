/**
 * A C library with faults, for brokers under test: compiles fault_libc.c, and steers it while the broker runs.
 *
 * What must be true: `faultyCalls`, the fields of a rule and their places are those of fault_libc.c.
 * @module
 */
import { fileURLToPath } from "node:url";
import { program, type Requirement } from "../support/requirement.ts";
import { runCommand } from "../support/run_command.ts";

export const faultyCalls = [
  ...["open", "pread", "pwrite", "read", "write", "fallocate", "ftruncate", "fdatasync", "fsync", "flock"],
  ...["rename", "unlink", "mkdir", "mmap", "recv", "send", "sendfile", "accept4", "epoll_wait", "pwritev"],
  "preadv2",
] as const;

export type FaultyCall = typeof faultyCalls[number];

const actions = { fail: 1, short: 2, hold: 3 } as const;

export const errnos = { EINTR: 4, EIO: 5, ENOSPC: 28 } as const;

export type Fault =
  | { readonly fail: keyof typeof errnos }
  /** The call moves at most so many bytes. */
  | { readonly short: number }
  /** The call waits until the rule ends, and then does as asked. */
  | "hold";

export interface RuleOptions {
  readonly calls: readonly FaultyCall[];
  readonly fault: Fault;
  /** A part of the file's path. Default: any file or socket. */
  readonly path?: string;
  /** Only every n-th of these calls. Default 1. */
  readonly every?: number;
  /** At most so many times; 0 only counts. Default: without end. */
  readonly times?: number;
}

const ruleCount = 16;
const ruleBytes = 256;
const fields = ["enabled", "calls", "action", "value", "every", "remaining", "matched", "fired"] as const;
const pathAt = fields.length * 4;

const source = fileURLToPath(new URL("./fault_libc.c", import.meta.url));
const cache = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** A C compiler, by its usual names. */
export const compiler: Requirement = ["cc", "gcc", "clang"].map(program).find(({ missing }) => !missing) ??
  { name: "cc", missing: "no C compiler (cc, gcc, clang) on PATH" };

/** The library and the control file of one broker. */
export class FaultLibc implements Disposable {
  readonly #control: Deno.FsFile;
  readonly #controlPath: string;
  readonly #library: string;
  #nextRule = 0;

  static async create(): Promise<FaultLibc> {
    const library = await compile();
    const controlPath = await Deno.makeTempFile({ prefix: "milena-faults-" });
    await Deno.truncate(controlPath, ruleCount * ruleBytes);
    return new FaultLibc(library, controlPath, await Deno.open(controlPath, { read: true, write: true }));
  }

  private constructor(library: string, controlPath: string, control: Deno.FsFile) {
    this.#library = library;
    this.#controlPath = controlPath;
    this.#control = control;
  }

  /** What a broker's environment needs, to have this library in place of the real one. */
  get environment(): Record<string, string> {
    return { MILENA_TEST_LIBC: this.#library, MILENA_TEST_FAULTS: this.#controlPath };
  }

  /** From now on until the rule is disposed. */
  add({ calls, fault, path = "", every = 1, times = -1 }: RuleOptions): FaultRule {
    const [action, value] = fault === "hold"
      ? [actions.hold, 0] as const
      : "fail" in fault
      ? [actions.fail, errnos[fault.fail]] as const
      : [actions.short, fault.short] as const;
    const index = this.#nextRule++;
    if (index >= ruleCount) throw new Error(`more than ${ruleCount} rules in one test`);
    const bytes = new Uint8Array(ruleBytes);
    const view = new DataView(bytes.buffer);
    const set = (field: typeof fields[number], value: number) =>
      view.setInt32(fields.indexOf(field) * 4, value, true);
    set("calls", calls.reduce((bits, call) => bits | 1 << faultyCalls.indexOf(call), 0));
    set("action", action);
    set("value", value);
    set("every", every);
    set("remaining", times);
    const { written } = new TextEncoder().encodeInto(path, bytes.subarray(pathAt, ruleBytes - 1));
    if (written < path.length) throw new Error(`the path of a rule is too long: ${path}`);
    this.#write(index, 0, bytes);
    const rule = new FaultRule(
      (field) => this.#read(index, field),
      (isEnabled) => this.#write(index, 0, new Uint8Array(new Int32Array([isEnabled ? 1 : 0]).buffer)),
    );
    rule.enable();
    return rule;
  }

  [Symbol.dispose](): void {
    this.#control.close();
    Deno.removeSync(this.#controlPath);
  }

  #write(rule: number, at: number, bytes: Uint8Array): void {
    this.#control.seekSync(rule * ruleBytes + at, Deno.SeekMode.Start);
    this.#control.writeSync(bytes);
  }

  #read(rule: number, field: typeof fields[number]): number {
    const bytes = new Uint8Array(4);
    this.#control.seekSync(rule * ruleBytes + fields.indexOf(field) * 4, Deno.SeekMode.Start);
    this.#control.readSync(bytes);
    return new DataView(bytes.buffer).getInt32(0, true);
  }
}

export class FaultRule implements Disposable {
  readonly #read: (field: "matched" | "fired") => number;
  readonly #setEnabled: (isEnabled: boolean) => void;

  constructor(read: (field: "matched" | "fired") => number, setEnabled: (isEnabled: boolean) => void) {
    this.#read = read;
    this.#setEnabled = setEnabled;
  }

  /** How often such a call came while the rule was enabled. */
  get matched(): number {
    return this.#read("matched");
  }

  /** How often a call has met the fault. */
  get fired(): number {
    return this.#read("fired");
  }

  enable(): void {
    this.#setEnabled(true);
  }

  end(): void {
    this.#setEnabled(false);
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** Compiled anew each time, which takes a tenth of a second: it can't be that of another version of the source. */
async function compile(): Promise<string> {
  await Deno.mkdir(cache, { recursive: true });
  const library = `${cache}fault_libc.so`;
  const fresh = `${library}.${Deno.pid}`;
  const flags = ["-shared", "-fPIC", "-O1", "-Wall", "-fno-builtin"];
  await runCommand(compiler.name, [...flags, "-o", fresh, source, "-ldl"]);
  await Deno.rename(fresh, library); // a broker that has the one before keeps it
  return library;
}
