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
        resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
      };
      return resources
        .filter(({ name }) => !name.includes("/"))
        .map(({ name, kind, namespaced, verbs }) => ({
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
  it("have the group that a query means by their bare name", () => {
    const wrong = kinds.filter((served) => {
      const request = parseRequest("get", served.plural);
      return !ambiguous.includes(served.plural) && "group" in request && request.group !== groupOf(served);
    });
    expect(wrong.map(({ apiVersion, plural }) => `${plural} of ${apiVersion}`)).toEqual([]);
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
