import type { ClusterDiff, PermissionChange, SubjectChange } from "../diff/diff.ts";
import { describeTarget } from "../model/permission.ts";
import { describeSubject } from "../model/subject.ts";
import type { Change, PowerLine } from "./model.ts";
import { relative } from "./relative.ts";

interface Entry {
  readonly cluster: string;
  readonly change: SubjectChange;
  readonly lines: Pick<Change, "gained" | "lost">;
}

/** Puts changes that are the same for several subjects, installations or clusters into one entry. */
export function groupChanges(diffs: readonly ClusterDiff[]): Change[] {
  const groups = new Map<string, Entry[]>();
  for (const { cluster, subjects } of diffs) {
    for (const change of subjects) {
      const lines = { gained: linesOf(change.gained), lost: linesOf(change.lost) };
      const key = groupKey(change, lines);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ cluster, change, lines }]);
      else group.push({ cluster, change, lines });
    }
  }
  return [...groups.values()].map(toChange);
}

function toChange(entries: readonly Entry[]): Change {
  const [{ change, lines }] = entries as readonly [Entry];
  const members = entries.map((entry) => ({ cluster: entry.cluster, subject: describeSubject(entry.change.subject) }));
  const same = new Set(members.map(({ subject }) => subject)).size === 1;
  const generic = (text: string) => (same ? text : relative(text, change.subject.namespace));
  const generalize = (line: PowerLine): PowerLine => ({
    ...line,
    scope: generic(line.scope),
    target: generic(line.target),
    via: line.via.map(generic),
  });
  return {
    subject: generic(describeSubject(change.subject)),
    members,
    gained: lines.gained.map(generalize),
    lost: lines.lost.map(generalize),
    unchanged: change.unchanged,
  };
}

/** Names of bindings do not count: they may carry the installation's name, which need not be its namespace. */
function groupKey({ subject, unchanged }: SubjectChange, { gained, lost }: Pick<Change, "gained" | "lost">): string {
  const facts = (line: PowerLine) => [line.how, line.scope, line.target, line.verbs];
  const text = JSON.stringify([describeSubject(subject), gained.map(facts), lost.map(facts), unchanged]);
  return subject.namespace === "" ? text : relative(text, subject.namespace);
}

/** Verbs on the same target by the same way become one line. */
function linesOf(changes: readonly PermissionChange[]): PowerLine[] {
  const lines = new Map<string, PowerLine>();
  for (const { how, scope, permission, paths } of changes) {
    const target = describeTarget(permission);
    const via = paths.map(({ binding, role }) => `${binding} -> ${role}`);
    const key = JSON.stringify([how, scope, target, via]);
    const known = lines.get(key);
    const verbs = [...(known?.verbs ?? []), permission.verb];
    lines.set(key, { how, scope: scope === "" ? "*" : scope, target, verbs, via, origin: paths[0]?.roleOrigin ?? {} });
  }
  return [...lines.values()];
}
