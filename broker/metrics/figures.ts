/**
 * All that the parts of a broker tell of themselves for `/metrics`, beyond single numbers.
 * @module
 */
import { ClientFigures } from "./client_figures.ts";
import { GroupFigures } from "./group_figures.ts";
import { LogFigures } from "./log_figures.ts";
import type { Metrics } from "./metrics.ts";

export class Figures {
  readonly logs: LogFigures;
  readonly groups: GroupFigures;
  readonly clients: ClientFigures;

  constructor(metrics: Metrics) {
    this.logs = new LogFigures(metrics);
    this.groups = new GroupFigures(metrics);
    this.clients = new ClientFigures(metrics);
  }
}
