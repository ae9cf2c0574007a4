import { existsSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import {
  type ClusterState,
  keepLogs,
  readState,
  removeDirectory,
  requireClusterDirectory,
  resolveLayout,
  writeState,
} from "./cluster-state.ts";
import { failedLogs } from "./process/component.ts";

const root = temporaryDirectory();
let parent: string;
const state: ClusterState = { kind: "cluster", bootId: "b", binaries: "/cache/1", port: 6443, ipFamilies: "dual" };
const layout = () => resolveLayout(join(parent, "cluster"));

beforeEach(() => {
  parent = mkdtempSync(join(root, "state-"));
});

describe("the state", () => {
  it("is read as it was written, in a directory of one's own", () => {
    writeState(layout(), state);
    expect(readState(layout())).toEqual(state);
    expect(statSync(layout().directory).mode & 0o777).toBe(0o700);
  });

  it("is one of IPv4 where an earlier version has written it", () => {
    const { ipFamilies: _, ...earlier } = state;
    writeState(layout(), state);
    writeFileSync(layout().state, JSON.stringify(earlier));
    expect(readState(layout())).toEqual({ ...earlier, ipFamilies: "ipv4" });
  });

  it.each(["", "{", "null", "[]", '{"kind":"cluster"}', '{"kind":"other","bootId":"b","binaries":"/c","port":1}'])(
    "is none when it reads %j",
    (text) => {
      writeState(layout(), state);
      writeFileSync(layout().state, text);
      expect(readState(layout())).toBeUndefined();
    },
  );
});

describe("resolveLayout", () => {
  it("follows symbolic links, of directories that do not exist yet, too", () => {
    symlinkSync(parent, join(parent, "link"));
    expect(resolveLayout(join(parent, "link", "a", "b")).directory).toBe(join(parent, "a", "b"));
  });
});

describe("a state directory", () => {
  it("may be new, empty, or a cluster's", () => {
    requireClusterDirectory(layout());
    mkdirSync(layout().directory);
    requireClusterDirectory(layout());
    writeState(layout(), state);
    requireClusterDirectory(layout());
  });

  it("must hold nothing else, and is not removed if it does", () => {
    mkdirSync(layout().directory);
    writeFileSync(join(layout().directory, "thesis.txt"), "");
    expect(() => requireClusterDirectory(layout())).toThrow(
      expect.objectContaining({ code: "EDGE_CLUSTER_DIRECTORY_FOREIGN" }),
    );
    removeDirectory(layout());
    expect(existsSync(join(layout().directory, "thesis.txt"))).toBe(true);
  });

  it("must leave room for sockets", () => {
    const long = resolveLayout(join(parent, "x".repeat(80)));
    expect(() => requireClusterDirectory(long)).toThrow(
      expect.objectContaining({ code: "EDGE_CLUSTER_PATH_TOO_LONG" }),
    );
  });
});

describe("keepLogs", () => {
  it("keeps the logs of the last failure beside the directory", () => {
    for (const attempt of ["1", "2"]) {
      writeState(layout(), state);
      mkdirSync(dirname(layout().log("etcd")), { recursive: true });
      writeFileSync(layout().log(`etcd-${attempt}`), "");
      keepLogs(layout());
      removeDirectory(layout());
    }
    expect(existsSync(join(failedLogs(layout()), "etcd-2.log"))).toBe(true);
    expect(existsSync(join(failedLogs(layout()), "etcd-1.log"))).toBe(false);
  });
});
