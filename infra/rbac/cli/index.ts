import { Command } from "commander";
import { diffCommand } from "./diff.ts";
import { processIo, type RbacIo } from "./io.ts";
import { lintCommand } from "./lint.ts";
import { explainCommand, whoCanCommand } from "./query.ts";
import { snapshotCommand } from "./snapshot.ts";

/** `edgectl rbac`: diffs, lint and queries of permissions, on plans, manifests and clusters. */
export function rbacCommand(io: RbacIo = processIo()): Command {
  return new Command("rbac")
    .description("who may do what: compare, judge and query permissions")
    .addCommand(diffCommand(io))
    .addCommand(lintCommand(io))
    .addCommand(whoCanCommand(io))
    .addCommand(explainCommand(io))
    .addCommand(snapshotCommand(io));
}
