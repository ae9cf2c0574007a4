import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";

/** Outside the state directory, so that all checkouts see it, and on a file system that the next boot empties. */
const recordFile = "/run/pulumi-iotedge/local-cluster.json";

const MachineRecordSchema = Type.Object({
  directory: Type.String({ minLength: 1 }),
  sysctls: Type.Record(Type.String(), Type.String()),
  /** Where this machine is a container with control groups v2 of its own. */
  delegatedControllers: Type.Optional(Type.Array(Type.String())),
});

/** Which local cluster this machine runs, and what the machine was like before. */
export type MachineRecord = Static<typeof MachineRecordSchema>;

/** The record of the cluster that runs, or was not stopped properly; undefined if there is none since the last boot. */
export function readMachineRecord(path = recordFile): MachineRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Value.Check(MachineRecordSchema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function writeMachineRecord(record: MachineRecord, path = recordFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, `${JSON.stringify(record)}\n`, { mode: 0o644 });
}

export function removeMachineRecord(path = recordFile): void {
  rmSync(path, { force: true });
  try {
    rmdirSync(dirname(path));
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
