import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { readMachineRecord, removeMachineRecord, writeMachineRecord } from "./machine-record.ts";

const root = temporaryDirectory();
let path: string;
const record = { directory: "/work/cluster", sysctls: { "net/ipv4/ip_forward": "0" } };

beforeEach(() => {
  path = join(mkdtempSync(join(root, "machine-")), "run", "cluster.json");
});

describe("the machine's record", () => {
  it("is read as it was written", () => {
    writeMachineRecord(record, path);
    expect(readMachineRecord(path)).toEqual(record);
  });

  it("goes with its directory, and can go twice", () => {
    writeMachineRecord(record, path);
    removeMachineRecord(path);
    removeMachineRecord(path);
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("leaves a directory that holds something else", () => {
    writeMachineRecord(record, path);
    writeFileSync(join(dirname(path), "other"), "");
    removeMachineRecord(path);
    expect(existsSync(join(dirname(path), "other"))).toBe(true);
  });

  it.each(["", "{", "{}", '{"directory":1,"sysctls":{}}'])("is none when it reads %j", (text) => {
    writeMachineRecord(record, path);
    writeFileSync(path, text);
    expect(readMachineRecord(path)).toBeUndefined();
  });
});
