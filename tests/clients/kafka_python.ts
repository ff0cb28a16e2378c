/**
 * kafka-python, which many installations still have in its version of 2020, and as it is today; and aiokafka, which began as a
 * fork of it.
 * @module
 */
import { pythonEnvironment } from "../support/python_environment.ts";
import { drivenGroupClient } from "./driven_group_client.ts";
import type { Assignor, JoinOptions } from "./group_client.ts";
import { pythonDriver } from "./python_driver.ts";
import { drivenTransactionalClient } from "./transactional_client.ts";

const kafkaPython2 = await pythonEnvironment("kafka-python==2.0.2", "six==1.17.0");
const kafkaPython3 = await pythonEnvironment("kafka-python==3.0.12");
const aiokafka = await pythonEnvironment("aiokafka==0.14.0");

const startKafkaPython2 = () => pythonDriver("kafka-python 2.0.2", kafkaPython2, "./kafka_python_driver.py");
const startKafkaPython3 = () => pythonDriver("kafka-python 3", kafkaPython3, "./kafka_python_driver.py");
const startAiokafka = () => pythonDriver("aiokafka", aiokafka, "./aiokafka_driver.py");

export const kafkaPython2Group = drivenGroupClient({
  name: "kafka-python 2.0.2",
  needs: [kafkaPython2.requirement],
  // Its "sticky" cannot write what it owns: the iterator that it hands to its encoder has no length.
  assignors: ["range", "roundrobin"],
  start: startKafkaPython2,
  config,
});

export const kafkaPython3Group = drivenGroupClient({
  name: "kafka-python 3",
  needs: [kafkaPython3.requirement],
  assignors: ["range", "sticky", "cooperative-sticky"],
  staticAssignor: "cooperative-sticky",
  start: startKafkaPython3,
  config,
});

export const aiokafkaGroup = drivenGroupClient({
  name: "aiokafka",
  needs: [aiokafka.requirement],
  assignors: ["range", "roundrobin", "sticky"],
  staticAssignor: "roundrobin",
  start: startAiokafka,
  config,
});

function config(
  { bootstrap, group, assignor, instanceId, sessionTimeoutMs }: JoinOptions,
): Record<string, string | number> {
  return {
    bootstrap_servers: bootstrap,
    group_id: group,
    assignor: assignor satisfies Assignor,
    session_timeout_ms: sessionTimeoutMs,
    heartbeat_interval_ms: 200,
    fetch_max_wait_ms: 50,
    ...instanceId === undefined ? {} : { group_instance_id: instanceId },
  };
}

export const kafkaPython3Transactions = drivenTransactionalClient({
  name: "kafka-python 3",
  needs: [kafkaPython3.requirement],
  start: startKafkaPython3,
});

export const aiokafkaTransactions = drivenTransactionalClient({
  name: "aiokafka",
  needs: [aiokafka.requirement],
  start: startAiokafka,
});

/** The two whose admin clients speak the oldest versions of the protocol. */
export const oldAdmins = [
  {
    name: "kafka-python 2.0.2",
    needs: [kafkaPython2.requirement],
    start: startKafkaPython2,
    deletesGroups: true,
  },
  { name: "aiokafka", needs: [aiokafka.requirement], start: startAiokafka, deletesGroups: false },
];
