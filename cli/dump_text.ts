/**
 * `milena dump` of the files that are text already: what their lines mean, and whether they can be read.
 * @module
 */
import { parseEpochCheckpoint, parseOffsetCheckpoint } from "../storage/checkpoint_file.ts";
import type { FileKind } from "../storage/file_kind.ts";
import { parsePartitionDirectory } from "../storage/file_names.ts";
import { parseMetaProperties } from "../storage/meta_properties.ts";
import { parsePartitionMetadata } from "../storage/partition_metadata.ts";
import { parseProducerIds } from "../storage/producer_ids.ts";
import { CatalogContent } from "../storage/topic_catalog.ts";
import { type DumpOutput, type Field, field } from "./dump_output.ts";

export type TextKind = Exclude<FileKind, "log" | "index" | "timeindex" | "txnindex" | "snapshot">;

export function dumpText(bytes: Uint8Array, kind: TextKind, output: DumpOutput): void {
  const text = new TextDecoder().decode(bytes);
  switch (kind) {
    case "offset-checkpoint":
      return dumpOffsets(text, output);
    case "epoch-checkpoint":
      return dumpEpochs(text, output);
    case "partition-metadata": {
      const topicId = parsePartitionMetadata(text);
      if (topicId === undefined) return output.bad("it is not version 0 with a topic id");
      return void output.item("entry", [field("topicId", topicId)]);
    }
    case "producer-ids": {
      const next = parseProducerIds(text);
      if (next === undefined) return output.bad("it is not version 0 with a producer id");
      return void output.item("entry", [field("nextProducerId", next)]);
    }
    case "properties": {
      const meta = parseMetaProperties(text);
      if (typeof meta === "string") return output.bad(meta);
      return void output.item("entry", [
        field("nodeId", meta.nodeId),
        field("clusterId", meta.clusterId),
        field("directoryId", meta.directoryId ?? null),
      ]);
    }
    case "catalog":
      return dumpCatalog(bytes, output);
  }
}

function dumpOffsets(text: string, output: DumpOutput): void {
  const offsets = parseOffsetCheckpoint(text);
  if (typeof offsets === "string") return output.bad(offsets);
  for (const [name, offset] of offsets) {
    const { topic, partition } = parsePartitionDirectory(name) ?? { topic: name, partition: -1 };
    const fields = [
      field("topic", topic, { width: 24 }),
      field("partition", partition, { width: 14 }),
      field("offset", offset),
    ];
    if (!output.item("entry", fields)) return;
  }
}

function dumpEpochs(text: string, output: DumpOutput): void {
  const epochs = parseEpochCheckpoint(text);
  if (typeof epochs === "string") return output.bad(epochs);
  for (const { epoch, startOffset } of epochs) {
    const fields = [field("epoch", epoch, { width: 14 }), field("startOffset", startOffset)];
    if (!output.item("entry", fields)) return;
  }
}

/** The topics, and the settings of others, that there are now, not how they came to be. */
function dumpCatalog(bytes: Uint8Array, output: DumpOutput): void {
  const { topics, deleting, resources, problem, validBytes } = new CatalogContent(bytes);
  for (const [state, all] of [["live", topics], ["deleting", deleting]] as const) {
    for (const { name, id, partitionCount, configs } of all.values()) {
      const fields = [
        field("topic", name, { width: 24 }),
        field("id", id, { width: 25 }),
        field("partitions", partitionCount, { width: 14 }),
        configsField(configs),
        field("state", state, { unless: "live" }),
      ];
      if (!output.item("topic", fields)) return;
    }
  }
  for (const [kind, named] of resources) {
    for (const [name, configs] of named) {
      const fields = [
        field("kind", kind, { width: 14 }),
        field("name", name, { width: 24 }),
        configsField(configs),
      ];
      if (!output.item("resource", fields)) return;
    }
  }
  if (problem !== undefined) output.bad(problem, [field("position", validBytes)]);
  else if (validBytes < bytes.length) output.bad("its last line is torn", [field("position", validBytes)]);
}

function configsField(configs: ReadonlyMap<string, string>): Field {
  const settings = Object.fromEntries(configs);
  return { name: "configs", text: () => JSON.stringify(settings), json: settings, width: 0 };
}
