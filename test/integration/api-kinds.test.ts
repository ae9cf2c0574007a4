import { beforeAll, describe, expect, inject, it } from "vitest";
import { parseRequest } from "../../infra/rbac/query/parse-request.ts";
import { isBuiltInGroup, toKubernetesObject } from "../../infra/render/kubernetes-object.ts";
import "../support/provided.ts";
import { Api } from "./rbac/api.ts";

interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether objects of it are kept, where reviews are only answered. */
  readonly kept: boolean;
  /** Singular and short names. */
  readonly aliases: readonly string[];
}

/** Served by the core group and one more, and the core group's for kubectl. */
const ambiguous = ["events"];
let kinds: readonly ServedKind[];

beforeAll(async () => {
  const api = new Api(inject("kubeconfig"));
  const { groups } = (await api.call("GET", "/apis")) as {
    groups: { preferredVersion: { groupVersion: string } }[];
  };
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const found = await Promise.all(
    versions.map(async (apiVersion) => {
      const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const { resources } = (await api.call("GET", path)) as {
        resources: {
          name: string;
          kind: string;
          namespaced: boolean;
          verbs: string[];
          singularName: string;
          shortNames?: string[];
        }[];
      };
      return resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name, kind, namespaced, verbs, singularName, shortNames = [] }) => ({
          aliases: [singularName, ...shortNames],
          apiVersion,
          kind,
          plural: name,
          namespaced,
          kept: verbs.includes("patch"),
        }));
    }),
  );
  kinds = found.flat().filter(({ apiVersion }) => isBuiltInGroup(apiVersion));
  expect(kinds.length).toBeGreaterThan(50);
});

const groupOf = ({ apiVersion }: ServedKind) => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");

describe("kinds of this version of Kubernetes", () => {
  it("have the group and the scope that a query means by their bare name, singular and short names", () => {
    const wrong = kinds.flatMap((served) =>
      [served.plural, ...served.aliases].filter((name) => {
        const { request, namespaced, warnings } = parseRequest("get", name);
        if ("path" in request || request.resource !== served.plural || namespaced !== served.namespaced) return true;
        const isAmbiguous = ambiguous.includes(served.plural);
        return warnings.length > 0 !== isAmbiguous || (!isAmbiguous && request.group !== groupOf(served));
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("are rendered into a namespace exactly when they belong into one", () => {
    const rendered = ({ apiVersion, kind }: ServedKind) =>
      toKubernetesObject("urn", { value: { apiVersion, kind, metadata: { name: "x" } }, secrets: [], unknowns: [] }, {})
        .object.metadata.namespace;
    const kept = kinds.filter((served) => served.kept);
    const wrong = kept.filter((served) => (rendered(served) !== undefined) !== served.namespaced);
    expect(wrong.map(({ apiVersion, kind }) => `${kind} of ${apiVersion}`)).toEqual([]);
  });
});
