import { cp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { render } from "../deploy/deploy.ts";
import { backupCommand } from "./cli/backup.ts";
import { type InitFlags, initCommand } from "./cli/init.ts";
import { keyCommand } from "./cli/key.ts";
import { rekeyCommand } from "./cli/rekey.ts";
import { restoreCommand } from "./cli/restore.ts";
import { showCommand } from "./cli/show.ts";
import { openSharedState } from "./shared-state.ts";
import { keyOf, type Machine, newMachine } from "./test/machine.ts";

let ada: Machine;
let bob: Machine;

beforeEach(async () => {
  [ada, bob] = [await newMachine(), await newMachine()];
});
afterEach(async () => {
  await ada[Symbol.asyncDispose]();
  await bob[Symbol.asyncDispose]();
});

const flags: InitFlags = { in: "repository", recipient: [], namespace: "iotedge-state", json: true };
const init = (machine: Machine, more: Partial<InitFlags> = {}) =>
  machine.json((context) => initCommand({ ...flags, ...more }, context));
const show = (machine: Machine) => machine.json((context) => showCommand({ json: true }, context));
const rekey = (machine: Machine, more: { add?: string[]; remove?: string[] } = {}) =>
  machine.json((context) => rekeyCommand({ add: [], remove: [], json: true, ...more }, context));
const backup = (machine: Machine, out: string, recipient: string[] = []) =>
  machine.json((context) => backupCommand({ stack: "dev", out, recipient, json: true }, context));
const restore = (machine: Machine, file: string, stack = "dev", replace = false) =>
  machine.json((context) => restoreCommand(file, { stack, replace, json: true }, context));
const recipient = async (machine: Machine) =>
  (await machine.json((context) => keyCommand({ json: true }, context))).value.recipients[0] as string;
/** As a deployment renders: it makes the keys that are missing. */
const deployed = async (machine: Machine, stack = "dev") => bundleIn(await render(machine.context, stack, {}));
const looked = async (machine: Machine, stack = "dev") =>
  bundleIn(await render(machine.context, stack, { preview: true }));
const file = (machine: Machine, name: string) => join(machine.project, "state", name);
const code = (expected: string) => expect.objectContaining({ code: expected });

function bundleIn(rendered: Awaited<ReturnType<typeof render>>): unknown {
  return rendered.find(({ object }) => object.metadata.name === "iotedged-proxy-trust-bundle")?.object.data;
}

describe("a state that a team shares", () => {
  it("gives a colleague's clone the same CAs, once he is among the recipients", async () => {
    await init(ada);
    const bundle = await deployed(ada);
    await rekey(ada, { add: [`bob=${await recipient(bob)}`] });
    await bob.pull(ada);
    expect(await deployed(bob)).toEqual(bundle);
    expect(await readdir(bob.project)).not.toContain(".edge");
  });

  it("gives a pipeline the same CAs by a key in its environment, and nothing of a key to anybody else", async () => {
    const ci = await recipient(bob);
    await init(ada, { recipient: [`ci=${ci}`] });
    const bundle = await deployed(ada);
    await using pipeline = await newMachine();
    await pipeline.pull(ada);
    pipeline.env.EDGE_AGE_KEY = await keyOf(bob);
    expect(await deployed(pipeline)).toEqual(bundle);
    const kept = await readFile(file(ada, "dev.age"), "utf8");
    expect(kept).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect(kept).not.toContain("PRIVATE KEY");
    expect(Buffer.from(kept, "base64").toString("latin1")).not.toContain("PRIVATE KEY");
  });

  it("tells which keys were made, and where they are", async () => {
    await init(ada);
    await deployed(ada);
    expect(ada.told.at(-1)).toMatch(
      /^made new keys, kept in \S*state\/dev\.age: line-dev-identity, line-dev-root-r1, line-dev-workload-ca$/,
    );
    const before = ada.told.length;
    const text = await readFile(file(ada, "dev.age"), "utf8");
    await deployed(ada);
    expect(ada.told).toHaveLength(before);
    expect(await readFile(file(ada, "dev.age"), "utf8")).toBe(text);
  });
});

describe("a machine that cannot open the state", () => {
  beforeEach(async () => {
    await init(ada);
    await deployed(ada);
    await bob.pull(ada);
  });
  const committed = () => readFile(file(bob, "dev.age"), "utf8");

  it("without a key makes no second CA", async () => {
    const before = await committed();
    await expect(deployed(bob)).rejects.toThrow(code("EDGE_STATE_NO_IDENTITY"));
    expect(await committed()).toBe(before);
  });

  it("with another key makes no second CA either", async () => {
    const own = await recipient(bob);
    const before = await committed();
    await expect(deployed(bob)).rejects.toMatchObject({
      code: "EDGE_STATE_NOT_A_RECIPIENT",
      message: expect.stringMatching(/dev\.age is not encrypted/),
    });
    expect(await committed()).toBe(before);
    expect((await show(bob)).value.problems[0].evidence).toContain(own.slice(-6));
  });

  it("still looks at a stack, without its certificates", async () => {
    expect(JSON.stringify(await looked(bob))).not.toContain("BEGIN CERTIFICATE");
    expect(bob.told.join()).toMatch(/certificates are not shown: .*dev\.age is encrypted/);
    expect(JSON.stringify(await looked(ada))).toContain("BEGIN CERTIFICATE");
  });

  it("is told so by `state show`, which ends with 3", async () => {
    expect(await show(bob)).toMatchObject({
      code: 3,
      value: {
        shared: true,
        stacks: [{ stack: "dev", readable: false, keys: [] }],
        problems: [{ id: "state-unreadable", evidence: expect.stringMatching(/^EDGE_STATE_NO_IDENTITY/) }],
      },
    });
    expect((await show(ada)).code).toBe(0);
  });

  it("is told by `state show` that a stack is spelled otherwise", async () => {
    const shown = ada.json((context) => showCommand({ stack: "devv", json: true }, context));
    await expect(shown).rejects.toThrow(code("EDGE_RENDER_STACK_MISSING"));
  });

  it("changes no recipients", async () => {
    const own = await recipient(bob);
    await expect(rekey(bob, { add: [own] })).rejects.toThrow(code("EDGE_STATE_NOT_A_RECIPIENT"));
    expect(await readFile(file(bob, "settings.yaml"), "utf8")).toBe(await readFile(file(ada, "settings.yaml"), "utf8"));
  });
});

describe("state key", () => {
  it("makes the key of a pipeline in the file that EDGE_AGE_KEY_FILE names, and prints the same from then on", async () => {
    const key = join(ada.project, "ci.txt");
    ada.env.EDGE_AGE_KEY_FILE = key;
    const made = await recipient(ada);
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect(ada.told).toEqual([expect.stringContaining(`made a key: ${key}`)]);
    expect(await recipient(ada)).toBe(made);
    expect(ada.told).toHaveLength(1);
  });

  it("makes none where a deployment names a file that is not there", async () => {
    await init(ada);
    ada.env.EDGE_AGE_KEY_FILE = join(ada.project, "ci.txt");
    await expect(deployed(ada)).rejects.toThrow(code("EDGE_STATE_IDENTITY"));
    await expect(stat(ada.env.EDGE_AGE_KEY_FILE)).rejects.toThrow("ENOENT");
  });
});

describe("what is in the place of a state", () => {
  it("is not read when it is a link to a device", async () => {
    await init(ada);
    await symlink("/dev/zero", file(ada, "dev.age"));
    await expect(deployed(ada)).rejects.toThrow(code("EDGE_RENDER_STATE_INVALID"));
  });

  it("writes nothing to the terminal that it acts on", async () => {
    await init(ada, { recipient: [`bob=${await recipient(bob)}`] });
    await deployed(ada);
    const shared = await openSharedState(ada.project, ada.env);
    const storage = shared?.storage("dev");
    const stored = await storage?.read();
    const red = "\u001b[31m";
    const hostile = stored?.text.replaceAll("line-dev-root-r1", JSON.stringify(`root${red}`).slice(1, -1)) ?? "";
    await storage?.replace(stored, hostile);
    const settings = file(ada, "settings.yaml");
    await writeFile(settings, (await readFile(settings, "utf8")).replace("name: bob", 'name: "bob\\e[31m"'));
    await showCommand({ json: false }, ada.context);
    expect(ada.written.join()).toMatch(/bob\\u001b\[31m[\s\S]*root\\u001b\[31m/);
    expect(ada.written.join()).not.toContain(red);
  });

  it("is not looked for outside of the project, whatever a stack is called", async () => {
    await deployed(ada);
    await cp(join(ada.project, ".edge/state/dev.json"), join(ada.project, "../dev.json"));
    const outside = (stack: string) =>
      ada.json((context) =>
        backupCommand({ stack, out: join(ada.project, "x.age"), recipient: [own], json: true }, context),
      );
    const own = await recipient(ada);
    await expect(outside("../../../dev")).rejects.toThrow(code("EDGE_RENDER_STACK_NAME"));
    expect((await outside("dev")).code).toBe(0);
  });
});

describe("state init", () => {
  it("moves what this machine has, and leaves nothing of it in plain text", async () => {
    const bundle = await deployed(ada);
    expect((await init(ada)).value.moved).toEqual(["dev"]);
    expect(await readdir(join(ada.project, ".edge/state"))).toEqual([]);
    expect(await deployed(ada)).toEqual(bundle);
    expect((await init(ada)).value.moved).toEqual([]);
  });

  it("refuses to begin a stack anew on a machine that has keys for it, until they are moved", async () => {
    await init(ada);
    const bundle = await deployed(bob);
    await bob.pull(ada);
    bob.env.EDGE_AGE_KEY = await keyOf(ada);
    await expect(deployed(bob)).rejects.toThrow(code("EDGE_STATE_NOT_MOVED"));
    await init(bob);
    expect(await deployed(bob)).toEqual(bundle);
  });

  it("takes nobody's keys away where the team has others", async () => {
    await init(ada);
    await deployed(ada);
    await deployed(bob);
    await bob.pull(ada);
    bob.env.EDGE_AGE_KEY = await keyOf(ada);
    await expect(init(bob)).rejects.toThrow(code("EDGE_STATE_NOT_MOVED"));
    expect(await readdir(join(bob.project, ".edge/state"))).toEqual(["dev.json"]);
  });

  it("keeps its key where only its owner can read it", async () => {
    await init(ada);
    const path = join(ada.env.XDG_CONFIG_HOME ?? "", "edgectl/age-keys.txt");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("refuses what is no recipient, and quotes no secret key", async () => {
    await init(ada);
    const secret = await keyOf(ada);
    for (const wrong of [secret, "age1abc", "x y"]) {
      const error = await init(bob, { recipient: [wrong] }).catch((failure: Error) => failure);
      expect(error).toMatchObject({ code: "EDGE_STATE_RECIPIENT" });
      expect(JSON.stringify(error) + String(error)).not.toContain(secret);
    }
  });
});

describe("state rekey", () => {
  it("takes the state away from who is removed, and not from who removes himself", async () => {
    await init(ada, { recipient: [`bob=${await recipient(bob)}`] });
    await deployed(ada);
    await rekey(ada, { remove: ["bob"] });
    await bob.pull(ada);
    await expect(deployed(bob)).rejects.toThrow(code("EDGE_STATE_NOT_A_RECIPIENT"));
    await expect(rekey(ada, { add: [await recipient(bob)], remove: [await recipient(ada)] })).rejects.toThrow(
      code("EDGE_STATE_LOCKED_OUT"),
    );
    await expect(rekey(ada, { remove: ["carol"] })).rejects.toThrow(code("EDGE_STATE_RECIPIENT_UNKNOWN"));
  });

  it("completes what was cut off, and `state show` tells that it was", async () => {
    await init(ada, { recipient: [`bob=${await recipient(bob)}`] });
    await deployed(ada);
    const before = await readFile(file(ada, "dev.age"), "utf8");
    await rekey(ada, { remove: ["bob"] });
    await writeFile(file(ada, "dev.age"), before);
    expect(await show(ada)).toMatchObject({ code: 3, value: { problems: [{ id: "state-not-rekeyed" }] } });
    await rekey(ada);
    expect(await show(ada)).toMatchObject({ code: 0, value: { problems: [] } });
  });
});

describe("what stands in the repository", () => {
  beforeEach(async () => {
    await init(ada);
    await deployed(ada);
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, text.length / 2)],
    ["merged badly", (text: string) => `<<<<<<< HEAD\n${text}`],
    ["empty", () => ""],
    ["changed", (text: string) => text.replace(/[a-z](?=[^\n]*\n-----END)/, "9")],
  ])("is refused when it is %s", async (_, change) => {
    const before = change(await readFile(file(ada, "dev.age"), "utf8"));
    await writeFile(file(ada, "dev.age"), before);
    await expect(deployed(ada)).rejects.toThrow(code("EDGE_STATE_DAMAGED"));
    expect(await readFile(file(ada, "dev.age"), "utf8")).toBe(before);
  });

  it("is refused when it is another stack's", async () => {
    await cp(file(ada, "dev.age"), file(ada, "prod.age"));
    await expect(deployed(ada, "prod")).rejects.toThrow(code("EDGE_STATE_FOREIGN"));
  });

  it("is changed by one command at a time: of two that make keys, the second takes those of the first", async () => {
    await rm(file(ada, "dev.age"));
    let other: unknown;
    const accept = async () => {
      other ??= await deployedBeside();
    };
    const deployedBeside = async () => {
      // In another process; here two renderings of one process would wait for each other.
      await bob.pull(ada);
      bob.env.EDGE_AGE_KEY = await keyOf(ada);
      const { storage } = (await openSharedState(bob.project, bob.env)) ?? expect.fail("it is shared");
      await storage("dev").replace(undefined, keys);
      await cp(file(bob, "dev.age"), file(ada, "dev.age"));
      return keys;
    };
    await using third = await newMachine();
    await deployed(third);
    const keys = await readFile(join(third.project, ".edge/state/dev.json"), "utf8");
    expect(bundleIn(await render(ada.context, "dev", { accept }))).toEqual(await deployed(third));
    expect(other).toBe(keys);
  });
});

describe("backups", () => {
  it("bring a stack's CAs back", async () => {
    await init(ada);
    const bundle = await deployed(ada);
    const copy = join(ada.project, "dev-backup.age");
    await backup(ada, copy);
    await rm(file(ada, "dev.age"));
    expect((await restore(ada, copy)).value).toMatchObject({ changed: true, lost: [] });
    expect(await deployed(ada)).toEqual(bundle);
    expect((await restore(ada, copy)).value.changed).toBe(false);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
  });

  it("are made of a state that nobody shares, for the recipients that are named", async () => {
    const bundle = await deployed(ada);
    const copy = join(ada.project, "dev-backup.age");
    await expect(backup(ada, copy)).rejects.toThrow(code("EDGE_CLI_USAGE"));
    await backup(ada, copy, [await recipient(bob)]);
    await expect(backup(ada, copy, [await recipient(bob)])).rejects.toThrow(code("EDGE_STATE_FILE"));
    await restore(bob, copy);
    expect(await deployed(bob)).toEqual(bundle);
  });

  it("replace no keys that they do not have, unless they are told to", async () => {
    await init(ada);
    const bundle = await deployed(ada);
    const copy = join(ada.project, "dev-backup.age");
    await backup(ada, copy);
    await rm(file(ada, "dev.age"));
    await deployed(ada);
    await expect(restore(ada, copy)).rejects.toMatchObject({
      code: "EDGE_STATE_WOULD_LOSE",
      message: expect.stringContaining("line-dev-root-r1"),
    });
    await restore(ada, copy, "dev", true);
    expect(await deployed(ada)).toEqual(bundle);
  });

  it("are of one stack of one project", async () => {
    await deployed(ada);
    const copy = join(ada.project, "dev-backup.age");
    await backup(ada, copy, [await recipient(ada)]);
    await expect(restore(ada, copy, "prod")).rejects.toThrow(code("EDGE_STATE_FOREIGN"));
    await using other = await newMachine("other");
    other.env.EDGE_AGE_KEY = await keyOf(ada);
    await expect(restore(other, copy)).rejects.toThrow(code("EDGE_STATE_FOREIGN"));
  });
});
