/**
 * `meta.properties`: which broker of which cluster a data directory belongs to. A Java properties file, as Kafka's.
 * @module
 */

export interface MetaProperties {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly directoryId: string;
}

export function formatMetaProperties({ nodeId, clusterId, directoryId }: MetaProperties): string {
  return `#\nversion=1\nnode.id=${nodeId}\ncluster.id=${clusterId}\ndirectory.id=${directoryId}\n`;
}

/** What the text says (a directory id may be missing: Kafka before 3.7), or, as a string, why it can't be used. */
export function parseMetaProperties(
  text: string,
): Omit<MetaProperties, "directoryId"> & { readonly directoryId: string | undefined } | string {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*)$/.exec(line);
    if (match) values.set(match[1]!, match[2]!.trim().replaceAll("\\", ""));
  }
  const version = values.get("version");
  if (version !== "0" && version !== "1") return `its version is ${version ?? "missing"}, not 0 or 1`;
  // Version 0 is from Kafka with ZooKeeper.
  const nodeId = values.get("node.id") ?? values.get("broker.id");
  if (nodeId === undefined || !/^\d{1,10}$/.test(nodeId)) return `its node.id is ${nodeId ?? "missing"}`;
  const clusterId = values.get("cluster.id");
  if (!clusterId) return "its cluster.id is missing";
  return { nodeId: Number(nodeId), clusterId, directoryId: values.get("directory.id") };
}
