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

/** What the first refusal leaves free at least. */
const leftFreeBytes = 0;

/** Whether a broker comes up where not a byte is left; else it says why not, and does when there is room. */
const startsOnFullDisk = false;

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

async function fillAndFree(disk: SmallFileSystem, broker: MilenaProcess): Promise<void> {
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
    assert.ok(disk.freeBytes >= leftFreeBytes, `${disk.freeBytes} bytes free at the first refusal`);
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
  if (startsOnFullDisk) {
    await broker.start();
    await tenant.reconnect();
    await assertServesWhileFull(broker, tenant);
    await Deno.remove(foreign);
  } else {
    await assert.rejects(broker.start(), /exit code 1 .*the disk is full: make room/s);
    await Deno.remove(foreign);
    await broker.start();
    await tenant.reconnect();
  }
  await tenant.check();
  await untilTaken(tenant);
  await stopAndCheck(broker);
}

const stories = [
  { name: "a disk that is filled and freed again", needs: clientNeeds.slice(0, 1), tell: fillAndFree },
  { name: "a broker killed on a full disk", needs: [], tell: killOnFullDisk },
];

async function onSmallDisk(
  kind: FileSystemKind,
  mode: string,
  story: (disk: SmallFileSystem, broker: MilenaProcess) => Promise<void>,
): Promise<void> {
  await using disk = await SmallFileSystem.mount(kind);
  await using broker = await startMilena({
    dataDirectory: `${disk.path}/data`,
    settings: { "log.segment.bytes": String(4 * 1024 * 1024), "log.write.mode": mode },
  });
  await explained(broker, () => story(disk, broker));
}

for (const kind of fileSystemKinds) {
  const canMount = await mountable(kind);
  for (const mode of ["pwrite", "mmap"]) {
    for (const { name, needs, tell } of stories) {
      testNeeding(
        [canMount, ...needs],
        `${name} (${kind}, 64 MB, ${mode})`,
        () => onSmallDisk(kind, mode, tell),
      );
    }
  }
}
