import { createHash } from "node:crypto";
import { toSvg } from "../../rbac/index.ts";
import { html } from "../../web-page/index.ts";
import { consoleErrors } from "../errors.ts";
import type { World } from "../live/world.ts";
import { installationsView } from "../view/installations.ts";
import type { Page } from "../view/page.ts";
import { permissionsView } from "../view/permissions.ts";
import { rolloutsView } from "../view/rollouts.ts";
import { trustView } from "../view/trust.ts";

const second = 1000;
const runForm = /^[0-9]{8}-[0-9]{6}-[0-9a-f]{4}$/;
const namespaceForm = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const maxIdLength = 512;

/** Finds pages by what stands behind the base of all addresses. */
export function createPages(world: World, base: string) {
  const fixed: Readonly<Record<string, Page>> = {
    "": {
      ...{ title: "Installations", section: "", interval: 3 * second },
      render: async () => installationsView(await world.installations(), base),
    },
    permissions: {
      ...{ title: "Permissions", section: "permissions", interval: 30 * second },
      render: async () => {
        const report = await world.permissions();
        const version = createHash("sha256").update(toSvg(report)).digest("hex").slice(0, 16);
        return permissionsView(report, `${base}/permissions.svg?version=${version}`);
      },
    },
    trust: {
      ...{ title: "Trust", section: "trust", interval: 10 * second },
      render: async () => trustView(await world.trust(), world.now()),
    },
    rollouts: {
      ...{ title: "Rollouts", section: "rollouts", interval: 3 * second },
      render: async () => rolloutsView(await world.rollouts.list(), base),
    },
  };

  /** @throws EDGE_CONSOLE_NO_SUCH_PAGE */
  return async (path: string): Promise<Page> => {
    const page = Object.hasOwn(fixed, path) ? fixed[path] : undefined;
    if (page !== undefined) return page;
    const [kind, first = "", second = "", ...more] = path.split("/");
    if (kind === "rollouts" && runForm.test(first) && second === "" && more.length === 0) return runPage(first);
    if (kind === "modules" && second !== "" && more.length === 0) {
      const [namespace, module] = [decoded(first), decoded(second)];
      await requireModule(world, namespace, module);
      return modulePage(namespace, module);
    }
    throw consoleErrors.EDGE_CONSOLE_NO_SUCH_PAGE({ page: path });
  };

  function runPage(run: string): Page {
    const render = () => world.rollouts.report(run);
    return { title: `Rollout ${run}`, section: "rollouts", interval: second, render };
  }

  function modulePage(namespace: string, module: string): Page {
    const log = new URLSearchParams({ namespace, module });
    return {
      title: `Module ${module} in ${namespace}`,
      section: "",
      interval: 3 * second,
      log: log.toString(),
      render: async () => {
        const states = await world.installations();
        const found = states
          .filter((state) => state.namespace === namespace)
          .map((state) => ({
            ...state,
            components: state.components.filter(({ name }) => name === module),
            findings: state.findings.filter(({ component }) => component === module),
          }));
        return html`${installationsView(found, base)}`;
      },
    };
  }
}

/** @throws EDGE_CONSOLE_NO_SUCH_PAGE for installations that the console was not started for, and what they have not */
export async function requireModule(world: World, namespace: string, module: string): Promise<void> {
  const isSound = namespaceForm.test(namespace) && module.length <= maxIdLength && module !== "";
  if (isSound && (await world.namespaces()).includes(namespace)) {
    // Where the cluster does not answer, the page says so.
    const states = await world.installations().catch(() => undefined);
    const found = states?.find((state) => state.namespace === namespace);
    if (states === undefined || found?.components.some(({ name }) => name === module)) return;
    if (found?.findings.some(({ component }) => component === module)) return;
  }
  throw consoleErrors.EDGE_CONSOLE_NO_SUCH_PAGE({ page: `of module ${module} in namespace ${namespace}` });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw consoleErrors.EDGE_CONSOLE_NO_SUCH_PAGE({ page: part });
  }
}
