import { equal, match } from "node:assert/strict";
import { dataDirectory, dirtyPages, diskSpace, fileSystem, syncLatency } from "./disk_checks.ts";
import { mountOf } from "./mounts.ts";
import { findingOf, findingOn } from "./testing/finding_of.ts";
import { directory } from "./testing/made_up.ts";

Deno.test("dataDirectory can be used, or be made", async () => {
  equal(await findingOf(dataDirectory), "ok: /var/lib/milena: 0 partitions; nobody has it");
  const nothingYet = (path: string) => path === "/var/lib" ? directory() : undefined;
  equal(
    await findingOn(dataDirectory, { stat: nothingYet }),
    "ok: /var/lib/milena is not there yet, and can be made",
  );
  match(
    await findingOn(dataDirectory, { stat: nothingYet, isWritable: () => false }),
    /^fail: .*\/var\/lib is not writable for uid 1000 → mkdir -p \/var\/lib\/milena && chown -R 1000 /,
  );
  match(
    await findingOn(dataDirectory, {
      stat: () => directory({ uid: 0, mode: 0o700 }),
      isWritable: () => false,
    }),
    /^fail: .*belongs to uid 0, with permissions 0700, and is not writable for uid 1000/,
  );
  match(
    await findingOn(dataDirectory, { stat: () => directory({ isDirectory: false }) }),
    /^fail: .* is a file/,
  );
  match(
    await findingOn(dataDirectory, {
      list: () => [".lock", "orders-0"],
      isWritable: (path) => !path.endsWith("orders-0"),
    }),
    /^fail: .* has orders-0, which is not writable for uid 1000.* → chown -R 1000/,
  );
  match(
    await findingOn(dataDirectory, { stat: () => directory({ mode: 0o777 }) }),
    /^warn: .*everybody may write/,
  );
});

Deno.test("dataDirectory tells who has it", async () => {
  const files = {
    "/proc/locks": "1: FLOCK  ADVISORY  WRITE 77 08:02:5 0 EOF\n",
    "/proc/77/comm": "milena\n",
  };
  const parts = {
    files,
    stat: () => directory({ inode: 5 }),
    list: () => ["orders-0", "orders-1", "meta.properties"],
  };
  equal(await findingOn(dataDirectory, parts), "ok: /var/lib/milena: 2 partitions; milena (pid 77) has it");
  const outside = { ...parts, files: { "/proc/locks": "1: FLOCK  ADVISORY  WRITE -1 08:02:5 0 EOF\n" } };
  match(await findingOn(dataDirectory, outside), /a process outside of this container has it$/);
});

Deno.test("fileSystem warns of those that keep nothing, or not what they promise", async () => {
  const on = (type: string, options = "rw") =>
    findingOn(fileSystem, {
      files: { "/proc/self/mountinfo": `9 1 0:1 / /var/lib ${options} - ${type} source rw\n` },
    });
  equal(await on("ext4"), "ok: ext4 at /var/lib, from source");
  equal((await on("xfs", "rw,noatime")).slice(0, 3), "ok:");
  match(await on("tmpfs"), /^warn: .*it is memory → .*restart/);
  match(await on("overlay"), /^warn: .*container's own layer → a volume/);
  for (const type of ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "virtiofs"]) {
    match(await on(type), /^warn: .* → a local disk/);
  }
  match(await on("ext4", "ro"), /^fail: .*read-only → mount -o remount,rw/);
  match(await on("ext4", "rw,nobarrier"), /^warn: .*nobarrier → /);
  match(await on("btrfs"), /^warn: .* → chattr \+C/);
});

Deno.test("mountOf finds the innermost, and of two at one place the later", () => {
  const table = [
    "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
    "2 1 8:2 / /var rw - xfs /dev/sdb1 rw",
    "3 2 0:9 / /var/my\\040data rw - tmpfs tmpfs rw",
    "4 2 0:8 / /var/my\\040data rw - nfs4 host:/x rw",
    "",
  ].join("\n");
  equal(mountOf("/var/my data/topics", table)!.type, "nfs4");
  equal(mountOf("/var/my", table)!.type, "xfs");
  equal(mountOf("/variable", table)!.type, "ext4");
  equal(mountOf("/", ""), undefined);
});

Deno.test("diskSpace fails where nothing would be written any more, and warns before", async () => {
  const on = (freeBytes: number, freeInodes = 9e5, totalInodes = 1e6) =>
    findingOn(diskSpace, {
      statFileSystem: () => ({ totalBytes: 100e9, freeBytes, freeInodes, totalInodes }),
    });
  equal(await on(50e9), "ok: 50.0 GB of 100 GB are free, and 900,000 inodes");
  match(await on(9e9), /^warn: 9\.00 GB of 100 GB are free/);
  match(await on(60e6), /^fail: 60\.0 MB .*nothing is written below 67\.1 MB → /);
  match(await on(50e9, 100), /^warn: .* 100 inodes → /);
  equal(await on(50e9, 0, 0), "ok: 50.0 GB of 100 GB are free", "btrfs has no such number");
});

Deno.test("syncLatency is the median, and the worst", async () => {
  equal(await findingOf(syncLatency), "ok: 4 KiB took 0.50 ms in the middle, 9.00 ms at worst, of 3");
  match(
    await findingOn(syncLatency, { probeSync: () => [30, 200, 25] }),
    /^warn: 4 KiB took 30 ms .* → a faster disk/,
  );
  const broken = () => {
    throw new Error("fdatasync: EIO");
  };
  match(await findingOn(syncLatency, { probeSync: broken }), /^fail: .*EIO → look at dmesg/);
  match(await findingOn(syncLatency, { isWritable: () => false }), /^skip/);
});

Deno.test("dirtyPages are told in bytes, by whichever setting counts", async () => {
  equal(await findingOf(dirtyPages), "ok: writing back begins at 819 MB, and at 1.64 GB writers wait for it");
  const vm = (limit: string, background: string) => ({
    files: { "/proc/sys/vm/dirty_bytes": limit, "/proc/sys/vm/dirty_background_bytes": background },
  });
  match(await findingOn(dirtyPages, vm("1000000", "500000")), /^warn: .*1\.00 MB writers wait.*appends stop/);
  match(await findingOn(dirtyPages, vm("100000000", "100000000")), /^warn: .*nothing is written back before/);
});
