/**
 * The HTTP API, as far as the console uses it. An error of the API says what is wrong and what to do, and is shown as it is.
 * @module
 */

/**
 * @typedef {object} Topic
 * @property {string} name
 * @property {boolean} isInternal
 * @property {number} partitions
 * @property {number | null} records
 * @property {number | null} bytes
 * @property {string | null} cleanupPolicy
 * @property {number | null} retentionMs
 */

/**
 * @typedef {object} Partition
 * @property {number} partition
 * @property {number | null} leader
 * @property {number | null} start
 * @property {number | null} end
 * @property {number | null} bytes
 */

/**
 * @typedef {object} Setting
 * @property {string} name
 * @property {string | null} value
 * @property {boolean} is_default
 * @property {boolean} is_read_only
 * @property {boolean} is_sensitive
 * @property {string} source
 * @property {string} type
 * @property {string | null} [documentation]
 */

/**
 * @typedef {object} Group
 * @property {string} id
 * @property {string} state
 * @property {string} type
 * @property {string} assignor
 * @property {number | null} members
 * @property {number | null} topics
 * @property {number | null} lag
 */

/**
 * @typedef {object} Lag
 * @property {string} topic
 * @property {number} partition
 * @property {number} committed
 * @property {number | null} end
 * @property {number | null} lag
 * @property {string} consumer
 * @property {string} client
 */

/** What the API refused, in its own words. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {number} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }

  /** This server has no such route: an older one, or a gateway with fewer. */
  get isMissingRoute() {
    return this.code === 404 || this.status === 405;
  }
}

/**
 * @param {string} path
 * @param {{ method?: string, body?: unknown, accept?: string, signal?: AbortSignal | undefined }} [options]
 * @returns {Promise<Response>}
 */
export async function ask(path, { method = "GET", body, accept = "application/json", signal } = {}) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: { accept, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 0, `${location.host} does not answer. Is the broker running?`);
  }
  if (response.ok) return response;
  const text = await response.text();
  try {
    const { error_code, message } = JSON.parse(text);
    if (typeof message === "string") throw new ApiError(response.status, error_code, message);
  } catch (error) {
    if (error instanceof ApiError) throw error;
  }
  throw new ApiError(response.status, response.status, text.slice(0, 500) || response.statusText);
}

/**
 * @param {string} path
 * @param {Parameters<typeof ask>[1]} [options]
 * @returns {Promise<any>}
 */
export async function askJson(path, options) {
  return await (await ask(path, options)).json();
}

/** @type {Promise<string> | undefined} */
let cluster;

/** The id of the cluster. */
export function clusterId() {
  return cluster ??= askJson("/v3/clusters").then(({ data }) => data[0].cluster_id).catch((error) => {
    cluster = undefined;
    throw error;
  });
}

/**
 * A path of the v3 API.
 *
 * @param {TemplateStringsArray} parts
 * @param {...(string | number)} values
 */
async function v3(parts, ...values) {
  const path = String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
  return `/v3/clusters/${encodeURIComponent(await clusterId())}${path}`;
}

/** @param {string} topic */
export function topicPath(topic) {
  return `/topics/${encodeURIComponent(topic)}`;
}

/** @returns {Promise<Topic[]>} */
export async function listTopics() {
  const { data } = await askJson(await v3`/topics?include=stats`);
  return data.map(topicOf);
}

/**
 * @param {string} topic
 * @returns {Promise<Topic>}
 */
export async function describeTopic(topic) {
  return topicOf(await askJson(await v3`/topics/${topic}?include=stats`));
}

/**
 * @param {any} data
 * @returns {Topic}
 */
function topicOf({ topic_name, is_internal, partitions_count, stats }) {
  return {
    name: topic_name,
    isInternal: is_internal,
    partitions: partitions_count,
    records: stats?.records_estimate ?? null,
    bytes: stats?.size_bytes ?? null,
    cleanupPolicy: stats?.cleanup_policy ?? null,
    retentionMs: stats?.retention_ms ?? null,
  };
}

/**
 * @param {string} topic
 * @returns {Promise<Partition[]>}
 */
export async function listPartitions(topic) {
  const { data } = await askJson(await v3`/topics/${topic}/partitions?include=stats`);
  return data.map((/** @type {any} */ { partition_id, stats }) => ({
    partition: partition_id,
    leader: stats?.leader_id ?? null,
    start: stats?.earliest_offset ?? null,
    end: stats?.latest_offset ?? null,
    bytes: stats?.size_bytes ?? null,
  }));
}

/**
 * @param {string} topic
 * @param {{ partitions: number | undefined, settings: Readonly<Record<string, string>> }} options
 */
export async function createTopic(topic, { partitions, settings }) {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await ask(await v3`/topics`, {
    method: "POST",
    body: {
      topic_name: topic,
      ...(partitions === undefined ? {} : { partitions_count: partitions }),
      configs,
    },
  });
}

/** @param {string} topic */
export async function deleteTopic(topic) {
  await ask(await v3`/topics/${topic}`, { method: "DELETE" });
}

/**
 * @param {string} topic
 * @param {number} partitions how many there shall be
 */
export async function addPartitions(topic, partitions) {
  await ask(await v3`/topics/${topic}`, { method: "PATCH", body: { partitions_count: partitions } });
}

/**
 * @param {string} topic
 * @returns {Promise<Setting[]>}
 */
export async function listSettings(topic) {
  const { data } = await askJson(await v3`/topics/${topic}/configs?documentation=true`);
  return data;
}

/**
 * @param {string} topic
 * @param {string} name
 * @param {string | null} value null: back to the default
 */
export async function changeSetting(topic, name, value) {
  const change = value === null ? { name, operation: "DELETE" } : { name, value };
  await ask(await v3`/topics/${topic}/configs:alter`, { method: "POST", body: { data: [change] } });
}

/** @returns {Promise<Group[]>} */
export async function listGroups() {
  const { data } = await askJson(await v3`/consumer-groups?include=stats`);
  return data.map(groupOf);
}

/**
 * @param {string} group
 * @returns {Promise<Group>}
 */
export async function describeGroup(group) {
  return groupOf(await askJson(await v3`/consumer-groups/${group}?include=stats`));
}

/**
 * @param {any} data
 * @returns {Group}
 */
function groupOf({ consumer_group_id, state, type, partition_assignor, stats }) {
  return {
    id: consumer_group_id,
    state,
    type: type ?? "",
    assignor: partition_assignor ?? "",
    members: stats?.members_count ?? null,
    topics: stats?.topics_count ?? null,
    lag: stats?.total_lag ?? null,
  };
}

/**
 * @param {string} group
 * @returns {Promise<Lag[]>}
 */
export async function listLags(group) {
  const { data } = await askJson(await v3`/consumer-groups/${group}/lags`);
  return data.map((/** @type {any} */ lag) => ({
    topic: lag.topic_name,
    partition: lag.partition_id,
    committed: lag.current_offset,
    end: lag.log_end_offset,
    lag: lag.lag,
    consumer: lag.consumer_id,
    client: lag.client_id,
  }));
}

/** @param {string} group */
export async function deleteGroup(group) {
  await ask(await v3`/consumer-groups/${group}`, { method: "DELETE" });
}

/** @returns {Promise<{ id: number, host: string, port: number }[]>} */
export async function listBrokers() {
  const { data } = await askJson(await v3`/brokers`);
  return data.map((/** @type {any} */ { broker_id, host, port }) => ({ id: broker_id, host, port }));
}

/**
 * Where Kafka's clients connect to, for command lines to copy.
 *
 * @returns {Promise<string>}
 */
export async function bootstrap() {
  const [broker] = await listBrokers();
  return broker === undefined ? `${location.hostname}:9092` : `${broker.host}:${broker.port}`;
}

/**
 * @typedef {object} NewRecord
 * @property {string | null} key
 * @property {string | null} value
 * @property {number | undefined} partition
 * @property {readonly { key: string, value: string }[]} headers
 */

/**
 * @param {string} topic
 * @param {NewRecord} record
 * @returns {Promise<{ partition: number, offset: number, durability: string }>}
 */
export async function produce(topic, { key, value, partition, headers }) {
  const record = {
    key,
    value,
    // The bytes as they were typed: parsing JSON would round long numbers.
    value_format: "text",
    headers,
    ...(partition === undefined ? {} : { partition }),
  };
  const { offsets: [place], durability } = await askJson(topicPath(topic), {
    method: "POST",
    body: { records: [record] },
  });
  if (place.error !== null) throw new ApiError(200, place.error_code, place.error);
  return { ...place, durability };
}
