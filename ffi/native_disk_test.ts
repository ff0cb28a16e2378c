import assert from "node:assert/strict";
import { openNativeDisk } from "./native_disk.ts";
import { runInProcess, systemError, temporaryDirectory } from "./test_support.ts";

const disk = openNativeDisk();

Deno.test("NativeDisk.open creates only when told to", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/f`;
  assert.throws(() => disk.open(path), systemError("ENOENT", `open ${path}: No such file or directory`));
  assert.equal(disk.exists(path), false);
  disk.open(path, { create: true, exclusive: true }).close();
  assert.equal(disk.exists(path), true);
  assert.throws(
    () => disk.open(path, { create: true, exclusive: true }),
    systemError("EEXIST", `open ${path}`),
  );
  disk.open(path, { create: true }).close();
  assert.throws(() => disk.open(directory.path), systemError("EISDIR"));
});

Deno.test("NativeDisk.open gives no descriptor to child processes", () => {
  using directory = temporaryDirectory();
  using file = disk.open(`${directory.path}/f`, { create: true });
  const flags = /^flags:\s+(\d+)$/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${file.descriptor}`))?.[1];
  assert(flags !== undefined && (parseInt(flags, 8) & 0o2000000) !== 0, `flags ${flags}`);
});

Deno.test("NativeDisk.list names entries in order and tells directories, also behind links", () => {
  using directory = temporaryDirectory();
  disk.makeDirectory(`${directory.path}/b/c`);
  disk.open(`${directory.path}/a`, { create: true }).close();
  disk.open(`${directory.path}/Z`, { create: true }).close();
  Deno.symlinkSync(`${directory.path}/b`, `${directory.path}/link`);
  Deno.symlinkSync(`${directory.path}/nowhere`, `${directory.path}/dangling`);
  assert.deepEqual(disk.list(directory.path), [
    { name: "Z", isDirectory: false },
    { name: "a", isDirectory: false },
    { name: "b", isDirectory: true },
    { name: "dangling", isDirectory: false },
    { name: "link", isDirectory: true },
  ]);
  const missing = `${directory.path}/no`;
  assert.throws(() => disk.list(missing), systemError("ENOENT", `readdir ${missing}: `));
  assert.throws(() => disk.list(`${directory.path}/a`), systemError("ENOTDIR"));
});

Deno.test("NativeDisk.makeDirectory makes the missing parents and accepts what is there", () => {
  using directory = temporaryDirectory();
  disk.makeDirectory(`${directory.path}/a/b//c/`);
  disk.makeDirectory(`${directory.path}/a/b/c`);
  disk.makeDirectory("/");
  disk.makeDirectory(".");
  assert(Deno.statSync(`${directory.path}/a/b/c`).isDirectory);
  disk.open(`${directory.path}/f`, { create: true }).close();
  assert.throws(() => disk.makeDirectory(`${directory.path}/f`), systemError("EEXIST", "mkdir "));
  assert.throws(() => disk.makeDirectory(`${directory.path}/f/g`), systemError("ENOTDIR", "mkdir "));
});

Deno.test("NativeDisk.rename replaces a file", () => {
  using directory = temporaryDirectory();
  const [from, to] = [`${directory.path}/from`, `${directory.path}/to`];
  using file = disk.open(from, { create: true });
  file.writeAt(new Uint8Array(3), 0);
  disk.open(to, { create: true }).close();
  disk.rename(from, to);
  disk.syncDirectory(directory.path);
  using renamed = disk.open(to);
  assert.equal(renamed.size(), 3);
  assert.throws(() => disk.rename(from, to), systemError("ENOENT", `rename ${from} to ${to}: `));
});

Deno.test("NativeDisk removes files and empty directories", () => {
  using directory = temporaryDirectory();
  disk.makeDirectory(`${directory.path}/d`);
  disk.open(`${directory.path}/d/f`, { create: true }).close();
  assert.throws(() => disk.removeDirectory(`${directory.path}/d`), systemError("ENOTEMPTY", "rmdir "));
  disk.removeFile(`${directory.path}/d/f`);
  disk.removeDirectory(`${directory.path}/d`);
  assert.deepEqual(disk.list(directory.path), []);
  assert.throws(() => disk.removeFile(`${directory.path}/d`), systemError("ENOENT", "unlink "));
  assert.throws(() => disk.removeDirectory(`${directory.path}/d`), systemError("ENOENT", "rmdir "));
  assert.throws(() => disk.syncDirectory(`${directory.path}/d`), systemError("ENOENT", "open "));
});

Deno.test("NativeDisk.exists tells a missing path from one that it can't look at", () => {
  using directory = temporaryDirectory();
  disk.open(`${directory.path}/f`, { create: true }).close();
  assert.equal(disk.exists(`${directory.path}/f/below-a-file`), false);
  assert.throws(
    () => disk.exists(`${directory.path}/${"x".repeat(300)}`),
    systemError("ENAMETOOLONG", "access "),
  );
});

Deno.test("NativeDisk.lock is exclusive until closed", () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/.lock`;
  const lock = disk.lock(path);
  assert(lock !== undefined);
  assert.equal(disk.lock(path), undefined);
  lock.close();
  lock.close();
  using again = disk.lock(path);
  assert(again !== undefined);
});

Deno.test("NativeDisk.lock is held against other processes and freed by their end", async () => {
  using directory = temporaryDirectory();
  const path = `${directory.path}/.lock`;
  const script = `
    import { openNativeDisk } from ffi("native_disk.ts");
    console.log(openNativeDisk().lock(${JSON.stringify(path)}) === undefined ? "taken" : "mine");`;
  assert.deepEqual(await runInProcess(script), { code: 0, stdout: "mine\n", stderr: "" });
  using _lock = disk.lock(path);
  assert.deepEqual(await runInProcess(script), { code: 0, stdout: "taken\n", stderr: "" });
});
