import { deepEqual, equal } from "node:assert/strict";
import { figuresOf } from "./figures.ts";
import { madeUpSample } from "./testing/made_up_sample.ts";

Deno.test("figuresOf of one sample knows what there is, and no rates", () => {
  const figures = figuresOf(madeUpSample({
    topics: { orders: [{ start: 5, end: 15, size: 100 }, { end: 10, size: 50, inSync: [] }] },
    groups: { billing: { lag: 7 } },
  }));
  equal(figures.partitions, 2);
  equal(figures.underReplicated, 1);
  equal(figures.lag, 7);
  equal(figures.recordsIn, undefined);
  deepEqual(figures.topics, [{
    name: "orders",
    partitions: 2,
    underReplicated: 1,
    recordsIn: undefined,
    bytesIn: undefined,
    records: 20,
    size: 150,
    history: [],
  }]);
  equal(figures.groups[0]!.trend, undefined);
});

Deno.test("figuresOf divides what was added by the time between the samples", () => {
  const before = figuresOf(madeUpSample({
    atMs: 1000,
    topics: { orders: [{ end: 100, size: 1000 }, { end: 0, size: 0 }], idle: [{ end: 3, size: 9 }] },
    groups: { billing: { lag: 50, committed: 50 } },
  }));
  const figures = figuresOf(
    madeUpSample({
      atMs: 3000,
      topics: { orders: [{ end: 300, size: 5000 }, { end: 10, size: 40 }], idle: [{ end: 3, size: 9 }] },
      groups: { billing: { lag: 150, committed: 150 } },
    }),
    before,
  );
  const [orders, idle] = figures.topics;
  equal(orders!.recordsIn, 105);
  equal(orders!.bytesIn, 2020);
  deepEqual(orders!.history, [105]);
  equal(idle!.recordsIn, 0);
  equal(figures.recordsIn, 105);
  equal(figures.groups[0]!.trend, 50);
  equal(figures.groups[0]!.consumed, 50);
  deepEqual(figures.groups[0]!.history, [50, 150]);
  equal(figures.brokers[0]!.recordsIn, 105);
  equal(figures.brokers[0]!.leaders, 3);
});

Deno.test("figuresOf knows no rate of what is new, has no leader, or was made anew", () => {
  const before = figuresOf(madeUpSample({
    atMs: 0,
    topics: { again: [{ end: 100, size: 10 }], gone: [{ end: 1, size: 1 }], half: [{ end: 5 }, { end: 5 }] },
    groups: { back: { lag: 0, committed: 100 } },
  }));
  const figures = figuresOf(
    madeUpSample({
      atMs: 1000,
      topics: {
        again: [{ end: 2, size: 20 }],
        made: [{ end: 50, size: 5 }],
        half: [{ end: 7 }, { end: undefined }],
      },
      groups: { back: { lag: 100, committed: 0 } },
    }),
    before,
  );
  deepEqual(figures.topics.map(({ name, recordsIn }) => [name, recordsIn]), [
    ["again", undefined],
    ["made", undefined],
    ["half", 2],
  ]);
  equal(figures.groups[0]!.consumed, undefined);
  equal(figures.groups[0]!.trend, 100);
});

Deno.test("figuresOf reckons bytes by the mean of records while retention makes a log smaller", () => {
  const before = figuresOf(madeUpSample({ atMs: 0, topics: { t: [{ start: 0, end: 100, size: 1000 }] } }));
  const figures = figuresOf(
    madeUpSample({ atMs: 1000, topics: { t: [{ start: 90, end: 120, size: 300 }] } }),
    before,
  );
  equal(figures.topics[0]!.bytesIn, 200);
});

Deno.test("figuresOf keeps as much of the past as can be shown", () => {
  let figures = figuresOf(madeUpSample({ atMs: 0, topics: { t: [{ end: 0 }] } }));
  for (let i = 1; i <= 100; i++) {
    figures = figuresOf(madeUpSample({ atMs: i * 1000, topics: { t: [{ end: i * i }] } }), figures);
  }
  equal(figures.history.length, 60);
  equal(figures.history.at(-1), 199);
});
