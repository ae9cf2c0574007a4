import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deployErrors } from "../deploy/errors.ts";
import { type PulumiStack, pulumiDestroy, pulumiUp, type RunPulumi } from "../deploy/pulumi-engine.ts";
import { resolveTarget } from "../deploy/target.ts";
import { terminalErrors } from "../terminal/errors.ts";
import { createOutput } from "../terminal/output.ts";
import { createProgress, duration } from "../terminal/progress.ts";
import { reportError } from "../terminal/report-error.ts";
import { formatTable } from "../terminal/table.ts";
import { formatPermissions, withShortDigest } from "./installation-table.ts";
import { listPermissions } from "./permission-table.ts";

const project = join(import.meta.dirname, "../../test/fixtures/render");

describe("reportError", () => {
  const error = deployErrors.EDGE_CLI_NO_CLUSTER();
  const plain = { json: false, debug: false };

  test("a coded error: message and remedy, no stack trace", () => {
    const { text, exitCode } = reportError(error, plain);
    expect(text).toBe(`error EDGE_CLI_NO_CLUSTER: ${error.message}\n  fix: ${error.remedy}\n`);
    expect(exitCode).toBe(1);
  });

  test("usage ends with 2, Ctrl-C with 130", () => {
    expect(reportError(terminalErrors.EDGE_CLI_USAGE({ problem: "p", command: "" }), plain).exitCode).toBe(2);
    expect(reportError(new DOMException("", "AbortError"), plain)).toEqual({ text: "aborted\n", exitCode: 130 });
  });

  test("as JSON", () => {
    const { text } = reportError(error, { json: true, debug: false });
    expect(JSON.parse(text)).toEqual({ error: { code: error.code, message: error.message, remedy: error.remedy } });
  });

  test("an unexpected error shows its stack trace for debugging only", () => {
    const unexpected = new TypeError("boom");
    expect(reportError(unexpected, plain).text).toMatch(
      /^error EDGE_INTERNAL: unexpected failure: boom\n {2}fix: .*\n$/,
    );
    expect(reportError(unexpected, { json: false, debug: true }).text).toContain("cli.test.ts");
  });
});

describe("progress", () => {
  function recorder(isTTY: boolean, env: NodeJS.ProcessEnv = { TERM: "xterm", LANG: "C.UTF-8" }) {
    let clock = 0;
    const written: string[] = [];
    const stream = { isTTY, columns: 40, write: (text: string) => written.push(text) };
    const progress = createProgress(stream, () => clock, env);
    return { progress, written, pass: (milliseconds: number) => (clock += milliseconds) };
  }

  test("plain lines with the elapsed time", async () => {
    const { progress, written, pass } = recorder(false);
    await progress.step("Build", async (tell) => {
      pass(12_000);
      tell("half");
    });
    expect(written).toEqual(["Build ...\n", "    12 s  half\n", "Build: done in 12 s\n"]);
  });

  test("on a terminal the outcome replaces the spinner, also of a failure", async () => {
    const { progress, written } = recorder(true);
    await progress.step("Build", async () => {});
    const failure = progress.step("Load", () => Promise.reject(new Error("no")));
    await expect(failure).rejects.toThrow("no");
    const lines = written.filter((text) => text.endsWith("\n")).map((text) => text.replace("\r\u001b[2K", ""));
    expect(lines).toEqual(["✓ Build (0.0 s)\n", "✗ Load (0.0 s)\n"]);
  });

  test("on a dumb terminal lines are written once and stay; one of ASCII gets nothing else", async () => {
    const dumb = recorder(true, { TERM: "dumb" });
    await dumb.progress.step("Build", async () => {});
    expect(dumb.written).toEqual(["Build ...\n", "Build: done in 0.0 s\n"]);
    const plain = recorder(true, { TERM: "xterm", LANG: "C" });
    await plain.progress.step("Build", async () => {});
    expect(plain.written.at(-1)).toBe("\r\u001b[2K[ok] Build (0.0 s)\n");
    expect(plain.written.join("").replaceAll("\u001b", "")).toMatch(/^[\r\n -~]*$/);
  });

  test.each([
    [400, "0.4 s"],
    [59_400, "59 s"],
    [200_000, "3 min 20 s"],
  ])("%i ms is %s", (milliseconds, text) => expect(duration(milliseconds)).toBe(text));
});

test("output ends quietly when the reader has gone", async () => {
  const stream = new PassThrough();
  const output = createOutput(stream);
  stream.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  await output.write("dropped");
  expect(stream.read()).toBeNull();
});

test("a table has columns as wide as their content", () => {
  expect(
    formatTable(
      ["A", "B"],
      [
        ["long", "x"],
        ["s", ""],
      ],
    ),
  ).toBe("A     B\nlong  x\ns\n");
});

test("an image's digest is as short as it tells images apart", () => {
  const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
  expect(withShortDigest(`r.example.com:5000/a/b@${digest}`)).toBe("r.example.com:5000/a/b@sha256:0123456789ab");
  expect(withShortDigest("r.example.com/a:1")).toBe("r.example.com/a:1");
});

describe("permissions", () => {
  const rbac = (kind: string, name: string, namespace: string | undefined, more: object) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name, ...(namespace && { namespace }) },
    ...more,
  });
  const subjects = [{ kind: "ServiceAccount", name: "iotedged", namespace: "a" }];
  const bound = (kind: string, name: string) => ({ subjects, roleRef: { kind, name } });
  const rules = [
    { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
    { apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["edgeagent"], verbs: ["patch"] },
  ];

  test("who may do what where, with the role that allows it", () => {
    const objects = [
      rbac("RoleBinding", "iotedged", "a", bound("Role", "iotedged")),
      rbac("Role", "iotedged", "a", { rules }),
      rbac("Role", "iotedged", "b", { rules: [] }),
      rbac("ClusterRoleBinding", "x", undefined, bound("ClusterRole", "system:auth-delegator")),
      rbac("ClusterRoleBinding", "y", undefined, bound("ClusterRole", "cluster-admin")),
    ];
    expect(formatPermissions(listPermissions(objects))).toBe(
      [
        "SUBJECT     WHERE        BY                                 MAY",
        "a/iotedged  cluster      ClusterRole cluster-admin          (not part of the stack)",
        "            cluster      ClusterRole system:auth-delegator  create tokenreviews.authentication.k8s.io",
        "                                                            create subjectaccessreviews.authorization.k8s.io",
        "            namespace a  Role iotedged                      list, watch pods",
        "                                                            patch deployments.apps named edgeagent",
        "",
      ].join("\n"),
    );
  });
});

describe("resolveTarget", () => {
  const noLocal = async () => undefined;

  test("a context that is named", async () => {
    expect(await resolveTarget(project, { context: "c", stack: "plain" }, noLocal)).toMatchObject({
      kind: "named",
      context: "c",
    });
  });

  test("the local cluster, when none is named", async () => {
    const local = async () => ({ context: "edge-local", kubeconfig: "/k" });
    expect(await resolveTarget(project, {}, local)).toEqual({ kind: "local", context: "edge-local", kubeconfig: "/k" });
  });

  test("the cluster that the stack names, and no other", async () => {
    const options = { stack: "named" };
    expect(await resolveTarget(project, options, noLocal)).toMatchObject({ kind: "stack", context: "factory" });
    const conflict = resolveTarget(project, { ...options, context: "other" }, noLocal);
    await expect(conflict).rejects.toMatchObject({ code: "EDGE_CLI_CONTEXT_CONFLICT" });
  });

  test("with a kubeconfig in the stack that is encrypted: only the one that is named", async () => {
    const options = { stack: "sealed" };
    const refused = { code: "EDGE_CLI_KUBECONFIG_CONTENT" };
    await expect(resolveTarget(project, options, noLocal)).rejects.toMatchObject(refused);
    await expect(resolveTarget(project, { ...options, context: "factory" }, noLocal)).rejects.toMatchObject(refused);
    expect(await resolveTarget(project, { ...options, kubeconfig: "/k" }, noLocal)).toEqual({
      kind: "stack",
      context: "factory",
      kubeconfig: "/k",
    });
  });

  test("never the current context of a kubeconfig", async () => {
    await expect(resolveTarget(project, {}, noLocal)).rejects.toMatchObject({ code: "EDGE_CLI_NO_CLUSTER" });
  });
});

describe("the Pulumi engine", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-pulumi-"));
    await writeFile(join(directory, "Pulumi.yaml"), "name: iotedge\nruntime: nodejs\n");
    await writeFile(join(directory, "Pulumi.s.yaml"), "config:\n  iotedge:a: 1\n");
  });
  afterEach(() => rm(directory, { recursive: true }));

  function stack(env: NodeJS.ProcessEnv = {}) {
    const calls: string[] = [];
    const envs: NodeJS.ProcessEnv[] = [];
    const options: PulumiStack = {
      projectDirectory: directory,
      stack: "s",
      target: { kind: "named", context: "factory", kubeconfig: "/k" },
      env: { HOME: directory, ...env },
      run: async (args, given) => {
        calls.push(args.map((arg) => arg.replace(directory, "P")).join(" "));
        envs.push(given);
        if (args.includes("ls")) return calls.length > 3 ? '[{"name":"s"}]' : "[]";
        if (args.includes("init")) {
          await writeFile(join(directory, ".edge/pulumi/project/Pulumi.s.yaml"), "encryptionsalt: v1:salt\n");
        }
        return "";
      },
    };
    return { options, calls, envs };
  }

  test("makes the stack once, and deploys with a configuration of its own", async () => {
    const { options, calls } = stack();
    await pulumiUp(options);
    await pulumiUp(options);
    const up = "up --yes --skip-preview --stack s --cwd P --non-interactive --config-file P/.edge/pulumi/Pulumi.s.yaml";
    expect(calls).toEqual([
      "stack ls --json --cwd P/.edge/pulumi/project",
      "stack init s --no-select --cwd P/.edge/pulumi/project",
      up,
      "stack ls --json --cwd P/.edge/pulumi/project",
      up,
    ]);
    expect(await readFile(join(directory, ".edge/pulumi/Pulumi.s.yaml"), "utf8")).toBe(
      "encryptionsalt: v1:salt\nconfig:\n  iotedge:a: 1\n  iotedge:kubernetes:\n    context: factory\n    kubeconfig: /k\n",
    );
    expect(await readFile(join(directory, "Pulumi.s.yaml"), "utf8")).toBe("config:\n  iotedge:a: 1\n");
  });

  test.each([
    ["of edgectl's own", {}, "encryptionsalt: v1:salt\n"],
    ["of the user's", { PULUMI_BACKEND_URL: "s3://b" }, "encryptionsalt: v1:mine\n"],
  ])("takes the salt that goes with a state %s", async (_, env, salt) => {
    await writeFile(join(directory, "Pulumi.s.yaml"), "encryptionsalt: v1:mine\nconfig: {}\n");
    await pulumiUp(stack(env).options);
    expect(await readFile(join(directory, ".edge/pulumi/Pulumi.s.yaml"), "utf8")).toContain(salt);
  });

  test("gives Pulumi no kubeconfig but the one that edgectl uses itself", async () => {
    const own = "config:\n  iotedge:kubernetes:\n    clusterIdentifier: c\n    kubeconfig:\n      secure: v1:abc\n";
    await writeFile(join(directory, "Pulumi.s.yaml"), own);
    const { options } = stack();
    await pulumiUp({ ...options, target: { kind: "named", context: "factory", kubeconfig: undefined } });
    const copy = await readFile(join(directory, ".edge/pulumi/Pulumi.s.yaml"), "utf8");
    expect(copy).toContain("  iotedge:kubernetes:\n    clusterIdentifier: c\n    context: factory\n");
    expect(copy).not.toContain("kubeconfig");
  });

  test("keeps its state and its passphrase in the project, for the owner alone", async () => {
    const { options, envs } = stack();
    await pulumiUp(options);
    const file = join(directory, ".edge/pulumi/passphrase");
    expect(envs[0]).toMatchObject({
      PULUMI_BACKEND_URL: `file://${directory}/.edge/pulumi/state`,
      PULUMI_CONFIG_PASSPHRASE_FILE: file,
      KUBECONFIG: "/k",
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const made = await readFile(file, "utf8");
    await pulumiUp(options);
    expect(await readFile(file, "utf8")).toBe(made);
  });

  test("previews what it destroys, so that what is protected stops it at once", async () => {
    const { options, calls } = stack();
    await pulumiDestroy(options);
    expect(calls.at(-1)).toMatch(/^destroy --yes --stack s /);
  });

  test("releases a lock that a killed process has left, and goes on", async () => {
    const { options, calls } = stack();
    const lock = `  file:///locks/1.json: created by ann@${hostname()} (pid 99999999) at 2026-11-23T07:02:32Z`;
    const cause = new Error(`error: the stack is currently locked by 1 lock(s).\n${lock}\n`);
    let tries = 0;
    const run: RunPulumi = async (args, env) => {
      if (args[0] !== "up" || tries++ > 0) return options.run(args, env);
      throw deployErrors.EDGE_CLI_PULUMI_LOCKED({ holder: "ann" }, { cause });
    };
    await pulumiUp({ ...options, run });
    expect(calls.slice(-2)).toEqual([
      "cancel --yes --stack s --cwd P --non-interactive",
      expect.stringMatching(/^up --yes /),
    ]);
  });

  test("uses the backend that the user has logged in to", async () => {
    await mkdir(join(directory, ".pulumi"));
    await writeFile(join(directory, ".pulumi/credentials.json"), '{"current":"s3://b"}');
    const { options, envs } = stack();
    await pulumiUp(options);
    expect(envs[0]).not.toHaveProperty("PULUMI_BACKEND_URL");
    expect(envs[0]).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
  });

  test("leaves a backend and a passphrase of the user alone", async () => {
    const { options, envs } = stack({ PULUMI_BACKEND_URL: "s3://b", PULUMI_CONFIG_PASSPHRASE: "" });
    await pulumiUp(options);
    expect(envs[0]).toMatchObject({ PULUMI_BACKEND_URL: "s3://b", PULUMI_CONFIG_PASSPHRASE: "" });
    expect(envs[0]).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
  });
});
