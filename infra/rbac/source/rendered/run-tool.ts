import { spawn } from "node:child_process";
import { access, constants, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { rbacErrors } from "../../errors.ts";
import { maxFileMegabytes } from "../read-file.ts";

/** What a tool may take before it is stopped: what it renders is a pull request's. */
export interface Limits {
  readonly seconds: number;
  readonly megabytes: number;
}

const usualLimits: Limits = { seconds: 120, megabytes: maxFileMegabytes };
/** Longest message of a tool that an error quotes. */
const maxMessage = 2000;
const megabyte = 1024 * 1024;

export interface ToolCall {
  readonly tool: "helm" | "kustomize";
  readonly args: readonly string[];
  /** What it renders, for messages. */
  readonly source: string;
  /** What the user can run instead, whose output is then passed. */
  readonly instead: string;
  /** Whose PATH holds the tool. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether it may use the network, and with it the user's environment. @default false */
  readonly network?: boolean;
  /** @default 120 s and 50 MB */
  readonly limits?: Limits;
}

/**
 * Runs a tool that renders manifests, and returns what it prints. It gets an environment of its own: no credentials, no
 * settings and plugins of the user, no program to start, and no way out but to this machine.
 *
 * @throws EDGE_RBAC_TOOL_MISSING, EDGE_RBAC_TOOL_FAILED, EDGE_RBAC_TOOL_EXCESSIVE
 */
export async function runTool(call: ToolCall): Promise<string> {
  const program = await findOnPath(call.tool, call.env.PATH ?? "");
  if (program === undefined)
    throw rbacErrors.EDGE_RBAC_TOOL_MISSING({ tool: call.tool, source: call.source, instead: call.instead });
  const home = await mkdtemp(join(tmpdir(), `edge-${call.tool}-`));
  try {
    return await output(program, call, home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function findOnPath(tool: string, path: string): Promise<string | undefined> {
  // An empty or relative entry is the working directory, which may hold the pull request.
  for (const folder of path.split(delimiter).filter((one) => one.startsWith("/"))) {
    const file = join(folder, tool);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/** What is amiss most often, by the tool. */
const advice: Readonly<Record<ToolCall["tool"], string>> = {
  helm:
    "Dependencies of a chart: run 'helm dependency build' before; for another revision do so in a worktree of it " +
    "(git worktree add), and name the chart there.",
  kustomize:
    "Charts and plugins: render the kustomization where you trust it, and pass the output as manifests. Files outside of its " +
    "folder: make them a base of their own.",
};

/** Nothing listens there. */
const nowhere = "http://127.0.0.1:1";

function environment({ env, network = false }: ToolCall, home: string): NodeJS.ProcessEnv {
  if (network) return env;
  return {
    HOME: home,
    TMPDIR: home,
    // Without git on it: kustomize clones remote bases with the one that it finds.
    PATH: home,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    KUBECONFIG: join(home, "none"),
  };
}

function output(program: string, call: ToolCall, home: string): Promise<string> {
  const { tool, args, source, limits = usualLimits } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: home, env: environment(call, home), stdio: ["ignore", "pipe", "pipe"] });
    const printed: Buffer[] = [];
    let size = 0;
    let message = "";
    let problem: string | undefined;
    const stop = (why: string) => {
      problem ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(
      () => stop(`${tool} did not end within ${limits.seconds} s`),
      Math.round(limits.seconds * 1000),
    );
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.megabytes * megabyte) stop(`${tool} printed more than ${limits.megabytes} MB`);
      else printed.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      message = (message + text).slice(-maxMessage);
    });
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(
        rbacErrors.EDGE_RBAC_TOOL_FAILED({ tool, source, problem: cause.message, advice: advice[tool] }, { cause }),
      );
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (problem !== undefined) reject(rbacErrors.EDGE_RBAC_TOOL_EXCESSIVE({ source, problem }));
      else if (code === 0) resolve(Buffer.concat(printed).toString("utf8"));
      else
        reject(
          rbacErrors.EDGE_RBAC_TOOL_FAILED({
            tool,
            source,
            problem: message.trim() || `it ended with ${code}`,
            advice: advice[tool],
          }),
        );
    });
  });
}
