import { clusterErrors } from "../errors.ts";
import { moduleDirectory } from "../layout.ts";
import { runCommand } from "../process/command.ts";

/** The Go that the pinned modules ask for in their `go` lines. */
export const minimumGo = "1.26";

/** The Go tool chain that compiles the cluster. */
export interface GoToolchain {
  /** Version and target, such as `go1.26.8 linux/amd64`. */
  readonly description: string;
  readonly buildCache: string;
  readonly moduleCache: string;
}

/** Environment of every `go` command: static binaries, and go.mod as it is pinned. */
export const goEnvironment = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" };

/**
 * Finds the Go tool chain. Inside a module's folder, `go` switches to the version that go.mod asks for, if it may.
 *
 * @throws EDGE_CLUSTER_GO_MISSING, EDGE_CLUSTER_GO_UNUSABLE
 */
export async function findGo(): Promise<GoToolchain> {
  const names = ["GOVERSION", "GOOS", "GOARCH", "GOCACHE", "GOMODCACHE"];
  const options = { directory: moduleDirectory("kubernetes"), environment: goEnvironment };
  const result = await runCommand("go", ["env", ...names], options).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw clusterErrors.EDGE_CLUSTER_GO_MISSING({ version: minimumGo });
    throw error;
  });
  const [version, system, architecture, buildCache, moduleCache] = result.stdout.split("\n");
  if (result.code !== 0 || !version || !buildCache || !moduleCache) {
    const reason = result.stderr.trim().split("\n")[0] || `go env ended with ${result.code}`;
    throw clusterErrors.EDGE_CLUSTER_GO_UNUSABLE({ reason, version: minimumGo });
  }
  return { description: `${version} ${system}/${architecture}`, buildCache, moduleCache };
}
