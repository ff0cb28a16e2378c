/**
 * `milena group describe`
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { PartitionLag } from "../../client/admin/group_lags.ts";
import type { GroupDescription, GroupMember } from "../../client/admin/groups.ts";
import { ExitCode, type Invocation } from "../command.ts";
import { existingGroups } from "../find_by_name.ts";
import { someOperands } from "../operands.ts";
import { printResult } from "../output/format.ts";
import type { Style } from "../output/style.ts";
import { type Cell, listText, tableText } from "../output/table.ts";
import { withAdmin } from "../with_admin.ts";

/** A partition that was committed, or that a member has, or both. */
interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number | undefined;
  readonly end: number | undefined;
  readonly lag: number | undefined;
  readonly member: GroupMember | undefined;
}

interface Described {
  readonly group: GroupDescription;
  readonly rows: readonly Row[];
}

export function describeGroups(invocation: Invocation): Promise<number> {
  const names = someOperands(invocation, "the id of a group");
  const isSummary = invocation.flags.isOn("summary");
  return withAdmin(invocation, async (admin) => {
    await existingGroups(admin, names);
    const groups = await admin.describeGroups(names);
    const described = await Promise.all(groups.map((group) => describe(admin, group)));
    printResult(invocation, {
      value: described.map((one) => valueOf(one, isSummary)),
      text: (style) => described.map((one) => textOf(one, style, isSummary)).join("\n\n"),
    });
    return ExitCode.OK;
  });
}

async function describe(admin: Admin, group: GroupDescription): Promise<Described> {
  const lags = await admin.listGroupLags(group.id);
  const rows = new Map(lags.map((lag) => [keyOf(lag), committedRow(lag)]));
  const assigned = group.members.flatMap((member) => member.assignment.map((of) => ({ ...of, member })));
  const unread = assigned.filter((of) => !rows.has(keyOf(of)));
  const ends = await admin.listOffsets(unread, "latest");
  unread.forEach(({ topic, partition }, i) => {
    const end = ends[i]!.offset;
    rows.set(keyOf(unread[i]!), {
      topic,
      partition,
      committed: undefined,
      end,
      lag: undefined,
      member: undefined,
    });
  });
  for (const one of assigned) rows.set(keyOf(one), { ...rows.get(keyOf(one))!, member: one.member });
  return {
    group,
    rows: [...rows.values()].sort((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
    ),
  };
}

function committedRow({ topic, partition, offset, end, lag }: PartitionLag): Row {
  return { topic, partition, committed: offset, end, lag, member: undefined };
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}/${partition}`;
}

/** Of those partitions whose lag is known. */
function totalLag(rows: readonly Row[]): number {
  return rows.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
}

function valueOf({ group, rows }: Described, isSummary: boolean) {
  const { id, type, state, coordinator, assignor, members } = group;
  return {
    group: id,
    state,
    type,
    coordinator,
    assignor: assignor || null,
    lag: totalLag(rows),
    members: isSummary ? members.length : members.map(({ id, instanceId, clientId, host, assignment }) => ({
      member: id,
      instance: instanceId,
      client: clientId,
      host,
      partitions: assignment.map(({ topic, partition }) => ({ topic, partition })),
    })),
    partitions: isSummary ? undefined : rows.map(({ topic, partition, committed, end, lag, member }) => ({
      topic,
      partition,
      committed: committed ?? null,
      end: end ?? null,
      lag: lag ?? null,
      member: member?.id ?? null,
    })),
  };
}

function textOf({ group, rows }: Described, style: Style, isSummary: boolean): string {
  const { id, type, state, coordinator, assignor, members } = group;
  const head = listText([
    ["group", id],
    ["state", state],
    ["type", type],
    ["coordinator", coordinator],
    ["assignor", assignor || undefined],
    ["members", members.length],
    ["lag", totalLag(rows)],
  ], { style });
  const idle = members.filter(({ assignment }) => assignment.length === 0);
  if (isSummary || rows.length + idle.length === 0) return head;
  const cells: Cell[][] = rows.map(({ topic, partition, committed, end, lag, member }) => [
    topic,
    partition,
    committed,
    end,
    lag,
    ...memberCells(member),
  ]);
  const none = [undefined, undefined, undefined, undefined, undefined];
  cells.push(...idle.map((member) => [...none, ...memberCells(member)]));
  const headings = ["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "CLIENT", "HOST"];
  return `${head}\n\n${tableText(headings, cells, { style })}`;
}

function memberCells(member: GroupMember | undefined): Cell[] {
  return [member?.instanceId ?? member?.id, member?.clientId, member?.host];
}
