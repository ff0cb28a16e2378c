/**
 * The HTTP app in this process, before a broker in another: what it does when its connections break can be seen, since it does
 * not go down with them.
 * @module
 */
import type { Hono } from "hono";
import { createApp } from "../../broker/http/app.ts";
import { Gateway } from "../../broker/http/gateway.ts";
import { BodyBudget } from "../../broker/http/request_body.ts";
import type { BrokerAddress } from "../../client/address.ts";

const MIB = 1024 * 1024;

export interface AppBefore extends Disposable {
  readonly app: Hono;
}

export function appBefore(address: BrokerAddress): AppBefore {
  const gateway = new Gateway({ address });
  const app = createApp({
    gateway,
    body: { maxBytes: 10 * MIB, deadlineMs: 30_000, budget: new BodyBudget(20 * MIB) },
    nodeId: 1,
    isReady: () => ({ ready: true }),
  }, () => {});
  return { app, [Symbol.dispose]: () => gateway.close() };
}
