/**
 * Whether the broker's ports can be had.
 * @module
 */
import { formatHostPort } from "../../broker/listeners.ts";
import { listenFailure } from "../listen_failure.ts";
import { type Check, fail, type Finding, ok, skip, type Surroundings } from "./check.ts";
import { brokerOf } from "./data_directory.ts";
import { portHolder } from "./port_holder.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

export const kafkaPort: Check = {
  name: "Kafka port",
  run: (surroundings) =>
    surroundings.plan.listeners.map((address) => portFinding(surroundings, address, "Kafka")),
};

export const httpPort: Check = {
  name: "HTTP port",
  run: (surroundings) => {
    const { http } = surroundings.plan;
    return http === undefined ? ok("HTTP is switched off") : portFinding(surroundings, http, "HTTP");
  },
};

function portFinding({ machine, plan }: Surroundings, address: Address, purpose: string): Finding {
  const name = formatHostPort(address);
  try {
    machine.probeListen(address);
    return ok(address.port === 0 ? `${name}: any free one` : `${name} is free`);
  } catch (error) {
    const holder = portHolder(machine, address.port);
    const broker = brokerOf(machine, plan.dataDirectory);
    if (holder !== undefined && holder.pid === broker) {
      return ok(`${name} is served by the broker that has the data directory (pid ${broker})`);
    }
    if (holder === undefined && broker !== undefined) {
      return skip(`${name} is taken; by whom only root can tell, but the broker runs (pid ${broker})`);
    }
    // "can't listen on X for Kafka: the reason; what to do"
    const [found, ...advice] = listenFailure(error, address, purpose).split("; ");
    const who = holder === undefined ? "" : `: ${holder.name} (pid ${holder.pid})`;
    return fail(found + who, advice.join("; ") || "choose another by --listen or --http-listen");
  }
}
