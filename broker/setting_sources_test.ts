import { deepEqual, equal } from "node:assert/strict";
import { describeSource, settingsFromEnvironment, settingsFromFile } from "./setting_sources.ts";

function names(environment: Record<string, string>): string[] {
  return settingsFromEnvironment(environment).map(({ name }) => name);
}

Deno.test("settingsFromEnvironment maps names as the apache/kafka image does", () => {
  deepEqual(names({ KAFKA_LOG_SEGMENT_BYTES: "1" }), ["log.segment.bytes"]);
  deepEqual(names({ KAFKA_VALID___PROPERTY__ALL_CASES: "1" }), ["valid-property_all.cases"]);
  deepEqual(names({ KAFKA_KAFKA_METRICS_REPORTERS: "" }), ["kafka.metrics.reporters"]);
});

Deno.test("settingsFromEnvironment takes CLUSTER_ID as the cluster's id", () => {
  deepEqual(settingsFromEnvironment({ CLUSTER_ID: "5L6g3nShT-eMCtK--X86sw" }), [{
    name: "cluster.id",
    value: "5L6g3nShT-eMCtK--X86sw",
    source: { kind: "environment", variable: "CLUSTER_ID" },
  }]);
});

Deno.test("settingsFromEnvironment leaves out what is no setting", () => {
  deepEqual(
    names({
      PATH: "/bin",
      KAFKA_: "x",
      KAFKA_HEAP_OPTS: "-Xmx1G",
      KAFKA_OPTS: "",
      KAFKA_JVM_PERFORMANCE_OPTS: "",
      KAFKA_GC_LOG_OPTS: "",
      KAFKA_JMX_PORT: "9101",
      KAFKA_JMX_HOSTNAME: "x",
      KAFKA_LOG4J_ROOT_LOGLEVEL: "INFO",
      KAFKA_LOG4J_OPTS: "",
      KAFKA_TOOLS_LOG4J_LOGLEVEL: "INFO",
      KAFKA_VERSION: "4.3.0",
      KAFKA_HOME: "/opt/kafka",
    }),
    [],
  );
});

Deno.test("settingsFromEnvironment leaves out what Kubernetes makes of a service called kafka", () => {
  // KAFKA_PORT=tcp://… was read as the old setting "port" and kept brokers from starting.
  deepEqual(
    names({
      KAFKA_PORT: "tcp://10.0.0.7:9092",
      KAFKA_PORT_9092_TCP: "tcp://10.0.0.7:9092",
      KAFKA_PORT_9092_TCP_ADDR: "10.0.0.7",
      KAFKA_SERVICE_HOST: "10.0.0.7",
      KAFKA_SERVICE_PORT_CLIENT: "9092",
    }),
    [],
  );
});

Deno.test("settingsFromFile tells path and line", () => {
  const [setting] = settingsFromFile("server.properties", "# x\nnum.partitions=3\n");
  deepEqual(setting, {
    name: "num.partitions",
    value: "3",
    source: { kind: "file", path: "server.properties", line: 2 },
  });
  equal(describeSource(setting!.source), "server.properties line 2");
});
