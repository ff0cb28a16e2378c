import { equal } from "node:assert/strict";
import type { BatchReport } from "../../client/mod.ts";
import { Delivery } from "./delivery.ts";

const FIGURES = { topic: "orders", bytes: 5000, seconds: 0.5 };

function reported(
  ...reports: readonly [partition: number, count: number, baseOffset: number, error?: Error][]
): Delivery {
  const delivery = new Delivery();
  for (const [partition, recordCount, baseOffset, error] of reports) {
    const report: BatchReport = {
      topic: "orders",
      partition,
      recordCount,
      baseOffset,
      logAppendTime: -1,
      error,
    };
    delivery.add(report);
  }
  return delivery;
}

Deno.test("Delivery.summary says how many records are where, and how fast it was once it can be told", () => {
  equal(reported().summary(FIGURES), "nothing written to orders");
  equal(
    reported([2, 1, 7]).summary(FIGURES),
    "1 record (5.00 kB) written to orders-2, offset 7, in 0.50 s",
  );
  equal(
    reported([2, 3, 1000], [2, 2, 1003]).summary(FIGURES),
    "5 records (5.00 kB) written to orders-2, offsets 1,000 to 1,004, in 0.50 s",
  );
  equal(
    reported([0, 600, 0], [1, 400, 0]).summary(FIGURES),
    "1,000 records (5.00 kB) written to 2 partitions of orders in 0.50 s: 2,000 records/s, 10.0 kB/s",
  );
  equal(reported([0, 2, -1]).summary(FIGURES), "2 records (5.00 kB) written to orders-0 in 0.50 s", "acks=0");
});

Deno.test("Delivery counts what was acknowledged, and knows what was before the first that was not", () => {
  const error = new Error("refused");
  const delivery = reported([0, 3, 0], [0, 2, -1, error], [0, 4, -1, new Error("and so on")], [0, 1, 3]);
  equal(delivery.delivered, 4);
  equal(delivery.failure?.error, error);
  equal(delivery.beforeFailure, 3);
  equal(delivery.lostText, "6 records could not be delivered");
  equal(delivery.summary({ ...FIGURES }).startsWith("4 records written to orders-0, offsets 0 to 3,"), true);
});
