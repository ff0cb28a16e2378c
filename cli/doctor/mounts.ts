/**
 * What is mounted where (proc_pid_mountinfo(5)).
 * @module
 */

export interface Mount {
  readonly path: string;
  /** "ext4", "overlay" */
  readonly type: string;
  /** What is mounted: a device, or a server and its directory. */
  readonly source: string;
  /** Of the mount and of the file system. */
  readonly options: ReadonlySet<string>;
}

/** The mount that `path`, which has no links in it, is on; of several at the same place the last counts. */
export function mountOf(path: string, mountInfo: string): Mount | undefined {
  let found: Mount | undefined;
  for (const line of mountInfo.split("\n")) {
    const mount = parseMount(line);
    if (mount === undefined || !isWithin(path, mount.path)) continue;
    if (found === undefined || mount.path.length >= found.path.length) found = mount;
  }
  return found;
}

/** "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
function parseMount(line: string): Mount | undefined {
  const [before, after] = line.split(" - ");
  const [, , , , path, options] = before!.split(" ");
  const [type, source, superOptions = ""] = after?.split(" ") ?? [];
  if (path === undefined || options === undefined || type === undefined || source === undefined) {
    return undefined;
  }
  return {
    path: unescaped(path),
    type,
    source: unescaped(source),
    options: new Set([...options.split(","), ...superOptions.split(",")]),
  };
}

/** Spaces and the like are written by their octal numbers. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

function isWithin(path: string, directory: string): boolean {
  return directory === "/" || path === directory || path.startsWith(`${directory}/`);
}
