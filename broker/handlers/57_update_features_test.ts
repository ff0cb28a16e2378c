import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { features, UpgradeType } from "../features.ts";
import { updateFeaturesHandler } from "./57_update_features.ts";

const versions = servedVersions(updateFeaturesHandler);

type Update = readonly [feature: string, level: number, isDowngrade?: boolean];

function* update(client: TestClient, version: number, updates: readonly Update[], validateOnly = false) {
  return yield* client.ask(api.UpdateFeatures, version, {
    featureUpdates: updates.map(([feature, maxVersionLevel, isDowngrade = false]) => ({
      feature,
      maxVersionLevel,
      ...version === 0
        ? { allowDowngrade: isDowngrade }
        : { upgradeType: isDowngrade ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE },
    })),
    ...version >= 1 ? { validateOnly } : {},
  });
}

Deno.test("UpdateFeatures takes levels that features are at, and answers for each up to version 1", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const updates = features.map(({ name, initial }): Update => [name, initial]);
      const { errorCode, results } = yield* update(client, version, updates);
      assert.equal(errorCode, ErrorCode.NONE);
      const answers = features.map(({ name }) => [name, ErrorCode.NONE]);
      assert.deepEqual(
        results.map(({ feature, errorCode }) => [feature, errorCode]),
        version <= 1 ? answers : [],
      );
      assert.equal((yield* update(client, version, [])).errorCode, ErrorCode.NONE);
    }
    assert.equal(broker.server.broker.features.epoch, 0);
  });
});

Deno.test("UpdateFeatures refuses all if it must refuse one", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const wrong: [update: Update, sentence: RegExp][] = [
      [["bogus", 1], /there is no feature "bogus"/],
      [["group.version", 9], /can't have level 9/],
      [["group.version", -1, true], /can't have level -1/],
      [["metadata.version", 25, true], /can't have level 25/],
    ];
    for (const version of versions) {
      for (const [asked, sentence] of wrong) {
        const answer = yield* update(client, version, [["group.version", 1], asked]);
        assert.equal(answer.errorCode, ErrorCode.INVALID_UPDATE_VERSION);
        assert.match(answer.errorMessage!, sentence);
        assert.deepEqual(answer.results, []);
      }
    }
  });
});

// Of those that may be at more than one level.
for (const wide of features.filter(({ min, max }) => min < max)) {
  Deno.test(`UpdateFeatures of ${wide.name} is told to clients at once, and after a restart`, () => {
    const to = wide.initial === wide.max ? wide.min : wide.max;
    const finalized = function* (client: TestClient) {
      const { finalizedFeatures } = yield* client.ask(api.ApiVersions, 4, {
        clientSoftwareName: "a",
        clientSoftwareVersion: "1",
      });
      return finalizedFeatures.find(({ name }) => name === wide.name)?.maxVersionLevel ?? 0;
    };
    const { disk } = runBroker(function* (broker) {
      const client = broker.connect();
      assert.equal(
        (yield* update(client, 2, [[wide.name, to, to < wide.initial]], true)).errorCode,
        ErrorCode.NONE,
      );
      assert.equal(yield* finalized(client), wide.initial);
      const { onCall } = broker.disk;
      broker.disk.onCall = (call, path) => {
        onCall(call, path);
        if (call === "writeAt") throw new MemoryDiskError(call, path, "ENOSPC");
      };
      const refused = yield* update(client, 2, [[wide.name, to, to < wide.initial]]);
      broker.disk.onCall = onCall;
      assert.equal(refused.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
      assert.equal(
        (yield* update(client, 2, [[wide.name, to, to < wide.initial]])).errorCode,
        ErrorCode.NONE,
      );
      assert.equal(yield* finalized(client), to);
    });
    runBroker(function* (broker) {
      assert.equal(yield* finalized(broker.connect()), to);
    }, { disk });
  });
}
