/**
 * A disk of 64 MB, filled to the brim under load and freed again, twice: by the deletion of a topic, and by the removal of
 * files that were not ours. The broker may refuse producers in the way that lets them try again; it may not crash, stop
 * serving readers, lose anything acknowledged, or need a restart.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../../protocol/errors.ts";
import { clientKinds, clientNeeds, ClientProducer } from "../crash/client_producer.ts";
import { History } from "../crash/history.ts";
import { checkLog } from "../crash/log_reader.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { testNeeding } from "../support/requirement.ts";
import { explained, stopAndCheck, until } from "./faulty_broker.ts";
import { type FileSystemKind, fileSystemKinds, mountable, SmallFileSystem } from "./small_file_system.ts";
import { Tenant } from "./tenant.ts";

const megabyte = 1_000_000;
const recordBytes = 20_000;

/**
 * What the first refusal leaves free at least. The watermark is a twentieth of a small disk, and up to a quarter of that is
 * appended between two looks.
 */
const leftFreeBytes = 2 * megabyte;

const partitionCount = 2;
const clientTopic = "client";

/** Produces until it is refused; refused it must be, with an error that lets clients try again. */
async function produceUntilFull(tenant: Tenant): Promise<void> {
  for (let count = 0; count < 64 * megabyte / recordBytes; count++) {
    const { errorCode, errorMessage } = await tenant.produce(count % partitionCount);
    if (errorCode === ErrorCode.KAFKA_STORAGE_ERROR) return;
    assert.equal(errorCode, 0, `${errorMessage}`);
  }
  assert.fail("more was taken than the disk holds");
}

/** Readers are served, and producers get an answer that lets them try again. */
async function assertServesWhileFull(broker: MilenaProcess, tenant: Tenant): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const partition = attempt % partitionCount;
    const { errorCode } = await tenant.produce(partition);
    assert.ok(errorCode === 0 || errorCode === ErrorCode.KAFKA_STORAGE_ERROR, `error ${errorCode}`);
    assert.equal(await tenant.fetchFirst(partition), 0);
  }
  await tenant.check();
  const answer = await fetch(`http://${broker.http.host}:${broker.http.port}/topics`);
  assert.equal(answer.status, 200);
  await answer.text();
}

async function untilTaken(tenant: Tenant): Promise<void> {
  for (let partition = 0; partition < partitionCount; partition++) {
    await until(
      `a record is taken by partition ${partition}`,
      async () => (await tenant.produce(partition)).errorCode === 0,
    );
  }
  await tenant.produceAll(20);
  await tenant.check();
}

async function fillAndFree(disk: SmallFileSystem, broker: MilenaProcess, mode: Mode): Promise<void> {
  const topic = { partitionCount, paddingBytes: recordBytes };
  using tenant = await Tenant.create(broker, { topic: "kept", ...topic });
  using victim = await Tenant.create(broker, { topic: "deleted", ...topic });
  using _client = await Tenant.create(broker, { topic: clientTopic, ...topic });
  const { pid } = broker;

  await victim.produceAll(20 * megabyte / recordBytes / partitionCount);
  const history = new History();
  {
    const readable = { address: broker.kafka, topic: clientTopic, partitionCount };
    await using client = new ClientProducer(
      clientKinds[0]!,
      { bootstrap: broker.bootstrap, topic: clientTopic, partitionCount },
      history,
    );
    const acknowledged = () => history.figures.acknowledged;
    await until("the client's first acknowledgement", () => acknowledged() > 0);
    await produceUntilFull(tenant);
    const { freeBytes } = disk;
    if (mode.hasReserves) {
      assert.ok(freeBytes >= leftFreeBytes, `${freeBytes} bytes free at the first refusal`);
    }
    await assertServesWhileFull(broker, tenant);
    assert.equal(await victim.deleteTopic(), 0, "a full disk must let a topic be deleted");
    const before = acknowledged();
    await until("the client's next acknowledgement", () => acknowledged() > before);
    await client.stop();
    await checkLog(readable, history);
    history.checkPhantoms();
    history.assertSound();
    assert.equal(history.figures.unknown, 0, [...client.complaints].join("; "));
  }
  await untilTaken(tenant);

  const foreign = await disk.fill("foreign");
  await produceUntilFull(tenant);
  await assertServesWhileFull(broker, tenant);
  await Deno.remove(foreign);
  await untilTaken(tenant);

  assert.equal(broker.pid, pid, "it was the same process all the time");
  await stopAndCheck(broker);
  await broker.start();
  await tenant.reconnect();
  await tenant.checkAgain();
}

/** Killed on a full disk, it comes up with everything it acknowledged, and is well when there is room. */
async function killOnFullDisk(disk: SmallFileSystem, broker: MilenaProcess): Promise<void> {
  using tenant = await Tenant.create(broker, { topic: "kept", partitionCount, paddingBytes: recordBytes });
  await tenant.produceAll(20);
  const foreign = await disk.fill("foreign");
  await produceUntilFull(tenant);
  await broker.kill9();
  const refusal = await broker.start().then(() => undefined, String);
  if (refusal === undefined) {
    await tenant.reconnect();
    await assertServesWhileFull(broker, tenant);
    await Deno.remove(foreign);
  } else {
    // The file may have swallowed the broker's last reserve, too. Then it says what is wrong.
    assert.match(refusal, /exit code 1 .*the disk is full: make room/s);
    await Deno.remove(foreign);
    await broker.start();
    await tenant.reconnect();
  }
  await tenant.check();
  await untilTaken(tenant);
  await stopAndCheck(broker);
}

interface Mode {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly hasReserves: boolean;
}

/** Without reserves the very last byte is written: what is mapped there must not become a SIGBUS. */
const modes: readonly Mode[] = ["pwrite", "mmap"].flatMap((mode) => [
  { name: mode, settings: { "log.write.mode": mode }, hasReserves: true },
  {
    name: `${mode}, no reserves`,
    settings: { "log.write.mode": mode, "milena.disk.min.free.bytes": "0", "milena.disk.ballast.bytes": "0" },
    hasReserves: false,
  },
]);

async function onSmallDisk(
  kind: FileSystemKind,
  mode: Mode,
  story: (disk: SmallFileSystem, broker: MilenaProcess, mode: Mode) => Promise<void>,
): Promise<void> {
  await using disk = await SmallFileSystem.mount(kind);
  await using broker = await startMilena({
    dataDirectory: `${disk.path}/data`,
    settings: { "log.segment.bytes": String(4 * 1024 * 1024), ...mode.settings },
  });
  await explained(broker, () => story(disk, broker, mode));
}

for (const kind of fileSystemKinds) {
  const canMount = await mountable(kind);
  for (const mode of modes) {
    const where = `(${kind}, 64 MB, ${mode.name})`;
    testNeeding(
      [canMount, ...clientNeeds.slice(0, 1)],
      `a disk that is filled and freed again ${where}`,
      () => onSmallDisk(kind, mode, fillAndFree),
    );
    if (!mode.hasReserves) continue;
    testNeeding(
      [canMount],
      `a broker killed on a full disk ${where}`,
      () => onSmallDisk(kind, mode, killOnFullDisk),
    );
  }
}
