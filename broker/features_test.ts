import assert from "node:assert/strict";
import type { StoredConfigs } from "../storage/topic_store.ts";
import { Features, UpgradeType } from "./features.ts";

const table = [
  { name: "fixed", min: 3, max: 3, initial: 3 },
  { name: "wide", min: 0, max: 2, initial: 1 },
];

function storedConfigs(): StoredConfigs {
  let kept: ReadonlyMap<string, string> = new Map();
  return {
    configsOf: () => kept,
    namesOf: () => [],
    putConfigs: (_kind, _name, configs) => void (kept = configs),
  };
}

const { UPGRADE, SAFE_DOWNGRADE, UNSAFE_DOWNGRADE } = UpgradeType;

Deno.test("Features.level is what the table says until it is updated, and then stays so", () => {
  const stored = storedConfigs();
  const features = new Features(stored, table);
  assert.deepEqual(["fixed", "wide", "none"].map((name) => features.level(name)), [3, 1, 0]);
  assert.equal(features.epoch, 0);
  features.update([{ feature: "wide", level: 2, upgradeType: UPGRADE }]);
  assert.equal(features.level("wide"), 2);
  assert.equal(features.epoch, 1);
  // Nothing changes, and so clients need not learn anything.
  features.update([{ feature: "wide", level: 2, upgradeType: UPGRADE }]);
  assert.equal(features.epoch, 1);
  const later = new Features(stored, table);
  assert.deepEqual([later.level("wide"), later.epoch], [2, 1]);
  // By a version that can't hold it.
  assert.equal(new Features(stored, [{ ...table[1]!, max: 1 }]).level("wide"), 1);
});

Deno.test("Features.problem says why an update can't be made", () => {
  const features = new Features(storedConfigs(), table);
  const problem = (feature: string, level: number, upgradeType: number) =>
    features.problem({ feature, level, upgradeType });
  assert.equal(problem("wide", 2, UPGRADE), undefined);
  assert.equal(problem("wide", 1, UPGRADE), undefined);
  assert.equal(problem("wide", 0, SAFE_DOWNGRADE), undefined);
  assert.equal(problem("wide", 0, UNSAFE_DOWNGRADE), undefined);
  assert.match(
    problem("wide", 0, UPGRADE)!,
    /"wide" is at level 1: to go down to 0 has to be asked for as a downgrade/,
  );
  assert.match(problem("wide", 2, SAFE_DOWNGRADE)!, /2 is no downgrade/);
  assert.match(problem("wide", 3, UPGRADE)!, /"wide" can't have level 3: this version can hold 0 to 2/);
  assert.match(problem("wide", -1, SAFE_DOWNGRADE)!, /can't have level -1/);
  assert.match(problem("fixed", 2, SAFE_DOWNGRADE)!, /this version can hold 3 only/);
  assert.match(problem("wide", 1, 9)!, /the upgrade type 9/);
  assert.match(problem("none", 1, UPGRADE)!, /there is no feature "none"/);
});
