import { isJsonObject, parseJson } from "#base";
import { AnswerTooLarge, callIotedged } from "../../iotedged-call.ts";
import { apiVersion } from "../../mapping/environment.ts";
import { MethodFailure } from "./method-failure.ts";

/** Which lines of a log; times as IoT Edge's clients write them. */
export interface LogSelection {
  readonly tail?: number;
  readonly since?: string;
  readonly until?: string;
}

/** What iotedged's management API does with modules, as far as the installation lets it. */
export interface ModuleApi {
  /** Ids of the modules that are deployed. @throws MethodFailure */
  list(): Promise<readonly string[]>;
  /** @throws MethodFailure */
  restart(moduleId: string): Promise<void>;
  /** @throws MethodFailure, also when it is larger than `maxBytes` */
  logs(moduleId: string, selection: LogSelection, maxBytes: number): Promise<string>;
}

/** Milliseconds: the hub gives a method half a minute if its caller does not say otherwise. */
const timeout = 20_000;
const maxList = 1024 * 1024;
/** Of iotedged: the request is wrong, or the installation does not let it. */
const told: ReadonlySet<number> = new Set([400, 403]);

/** @param managementUri `IOTEDGE_MANAGEMENTURI` */
export function createModuleApi(managementUri: string): ModuleApi {
  async function call(path: string, options: { method?: "POST"; query?: LogSelection; maxBytes?: number } = {}) {
    const { method = "GET", query = {}, maxBytes = maxList } = options;
    const uri = new URL(path, managementUri);
    for (const [name, value] of Object.entries({ "api-version": apiVersion, ...query }))
      uri.searchParams.set(name, String(value));
    const answer = await callIotedged(uri.href, { method, maxBytes, timeout }).catch((cause: unknown) => {
      if (cause instanceof AnswerTooLarge) throw new MethodFailure(400, `${cause.message}: ask for less`, { cause });
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new MethodFailure(500, `iotedged does not answer: ${reason}`, { cause });
    });
    const { status, body } = answer;
    if (status < 300) return body.toString();
    const document = parseJson(body.toString(), { maxDepth: 4 });
    const message =
      isJsonObject(document) && typeof document.message === "string" ? document.message : `status ${status}`;
    throw new MethodFailure(told.has(status) ? status : 500, message);
  }
  const pathOf = (moduleId: string, what: string) => `modules/${encodeURIComponent(moduleId)}/${what}`;

  return {
    async list() {
      const document = parseJson(await call("modules"), { maxDepth: 16 });
      const modules = isJsonObject(document) && Array.isArray(document.modules) ? document.modules : [];
      return modules.flatMap((module) =>
        isJsonObject(module) && typeof module.name === "string" ? [module.name] : [],
      );
    },
    restart: async (moduleId) => void (await call(pathOf(moduleId, "restart"), { method: "POST" })),
    logs: (moduleId, query, maxBytes) => call(pathOf(moduleId, "logs"), { query, maxBytes }),
  };
}
