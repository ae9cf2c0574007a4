import { describeObject, type Role, type TokenSecret } from "../../model/objects.ts";
import type { PowerIndex } from "../../model/power.ts";
import {
  authenticatedGroup,
  mastersGroup,
  type Subject,
  serviceAccountsGroup,
  serviceAccountUser,
  unauthenticatedGroup,
} from "../../model/subject.ts";
import type { Graph, Node, NodePower } from "./graph.ts";

/** Everybody is in these, so that they lead nobody anywhere. */
const common = new Set([`Group ${authenticatedGroup}`, `Group ${unauthenticatedGroup}`]);

/** Nodes of sets: whom a permission leads to is mostly "all of a kind", which would be very many edges. */
export class Sets {
  readonly #graph: Graph;
  readonly #index: PowerIndex;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #accounts: ReadonlyMap<string, readonly string[]>;
  readonly #accountsByName: ReadonlyMap<string, readonly string[]>;
  readonly #rolesByNamespace: ReadonlyMap<string, readonly Role[]>;
  readonly #rolesByName: ReadonlyMap<string, Role>;
  readonly #pods: ReadonlyMap<string, string>;
  readonly #secretsByNamespace: ReadonlyMap<string, readonly TokenSecret[]>;
  /** Namespaces of which the source lists what is in them. */
  readonly #listed: ReadonlySet<string>;

  constructor(graph: Graph, index: PowerIndex) {
    this.#graph = graph;
    this.#index = index;
    const subjects = [...index.keys].flatMap((key) => {
      const subject = index.powerOf(key)?.subject;
      return subject === undefined ? [] : [[key, subject] as const];
    });
    this.#subjects = new Map(subjects);
    const accounts = subjects.filter(([, { kind }]) => kind === "ServiceAccount");
    const keysBy = (field: "namespace" | "name") =>
      new Map(
        [...Map.groupBy(accounts, ([, subject]) => subject[field])].map(([value, group]) => [
          value,
          group.map(([key]) => key),
        ]),
      );
    this.#accounts = keysBy("namespace");
    this.#accountsByName = keysBy("name");
    const { roles, objects } = index.state;
    this.#rolesByNamespace = Map.groupBy(
      roles.filter(({ kind }) => kind === "Role"),
      ({ namespace }) => namespace,
    );
    this.#rolesByName = new Map(roles.map((role) => [describeObject(role), role]));
    const pods = objects.workloads.filter(({ kind }) => kind === "Pod");
    this.#pods = new Map(pods.map(({ namespace, name, account }) => [`${namespace}/${name}`, account]));
    this.#secretsByNamespace = Map.groupBy(objects.tokenSecrets, ({ namespace }) => namespace);
    this.#listed = new Set([...objects.serviceAccounts, ...objects.workloads].map(({ namespace }) => namespace));
  }

  get subjects(): ReadonlyMap<string, Subject> {
    return this.#subjects;
  }

  subjectsOf(kind: Subject["kind"]): Subject[] {
    return [...this.#subjects.values()].filter((subject) => subject.kind === kind);
  }

  /** Node of somebody whom a binding names; none for others, who may do nothing, and for those who are everybody. */
  subject(key: string): number[] {
    const number = common.has(key) ? undefined : this.#graph.find(key);
    return number === undefined ? [] : [number];
  }

  account(namespace: string, name: string): number[] {
    return this.subject(`User ${serviceAccountUser(namespace, name)}`);
  }

  /** Accounts of this name in any namespace. */
  accountsNamed(name: string): number[] {
    return (this.#accountsByName.get(name) ?? []).flatMap((key) => this.subject(key));
  }

  /** All ServiceAccounts of a scope. Some are in no binding, and act by their groups alone. */
  accounts(scope: string): number {
    const groups = [serviceAccountsGroup, ...(scope === "" ? [] : [`${serviceAccountsGroup}:${scope}`])];
    const members = () =>
      scope === ""
        ? [...this.#accounts.keys()].map((namespace) => this.accounts(namespace))
        : (this.#accounts.get(scope) ?? []).flatMap((key) => this.subject(key));
    const isKnown = this.#index.state.objects.complete || this.#listed.has(scope);
    const where = scope === "" ? "other namespaces" : scope;
    const unknown = isKnown ? {} : { unknown: `the ServiceAccounts of ${where}, which are not in this input` };
    return this.#set(`accounts ${scope}`, unknown, () => [
      ...members(),
      ...groups.flatMap((group) => this.subject(`Group ${group}`)),
    ]);
  }

  /** As whom a pod runs, or any of the scope's where the source does not have it. */
  pod(scope: string, name: string): number[] {
    const account = name === "" ? undefined : this.#pods.get(`${scope}/${name}`);
    return account === undefined ? [this.accounts(scope)] : this.account(scope, account);
  }

  /** Whose token stands in a Secret of this name, as far as the source has it. */
  tokenSecretNamed(scope: string, name: string): number[] {
    return this.#secretsOf(scope)
      .filter((secret) => secret.name === name)
      .flatMap(({ namespace, account }) => this.account(namespace, account));
  }

  /** Those whose tokens stand in Secrets of the scope. */
  tokenSecrets(scope: string): number {
    const secrets = this.#secretsOf(scope);
    const where = scope === "" ? "" : ` of ${scope}`;
    const unknown = secrets.length > 0 ? {} : { doubt: `whose tokens are among the Secrets${where}` };
    return this.#set(`tokens ${scope}`, unknown, () =>
      secrets.flatMap(({ namespace, account }) => this.account(namespace, account)),
    );
  }

  users(): number {
    return this.#set("users", {}, () => this.#keysOf("User").flatMap((key) => this.subject(key)));
  }

  groups(): number {
    return this.#set("groups", {}, () => [
      this.masters(),
      ...this.#keysOf("Group").flatMap((key) => this.subject(key)),
    ]);
  }

  /** Whom a client certificate may name: anybody but a member of system:masters, whom the API server refuses to certify. */
  certified(): number {
    return this.#set("certified", {}, () => [
      this.users(),
      this.accounts(""),
      ...this.#keysOf("Group")
        .filter((key) => key !== `Group ${mastersGroup}`)
        .flatMap((key) => this.subject(key)),
    ]);
  }

  /** The API server lets its members do everything, whatever is bound. */
  masters(): number {
    const power: NodePower = { text: "cluster-admin", level: "cluster-admin" };
    return this.#graph.node(`Group ${mastersGroup}`, () => ({ label: `Group ${mastersGroup}`, power }));
  }

  /** @param nodeOf makes the node of a role */
  rolesOf(namespace: string, nodeOf: (role: Role) => number): number {
    const roles = () =>
      namespace === ""
        ? [...this.#rolesByNamespace.keys()].map((one) => this.rolesOf(one, nodeOf))
        : (this.#rolesByNamespace.get(namespace) ?? []).map(nodeOf);
    return this.#set(`roles ${namespace}`, {}, roles);
  }

  roleNamed(kind: Role["kind"], namespace: string, name: string): Role | undefined {
    return this.#rolesByName.get(describeObject({ kind, namespace, name }));
  }

  #secretsOf(scope: string): readonly TokenSecret[] {
    return scope === "" ? this.#index.state.objects.tokenSecrets : (this.#secretsByNamespace.get(scope) ?? []);
  }

  #keysOf(kind: Subject["kind"]): string[] {
    return [...this.#subjects].filter(([, subject]) => subject.kind === kind).map(([key]) => key);
  }

  #set(key: string, rest: Pick<Node, "unknown" | "doubt">, members: () => readonly number[]): number {
    return this.#graph.node(
      key,
      () => ({ label: "", ...rest }),
      (number) => {
        for (const member of members()) this.#graph.connect(number, member, "");
      },
    );
  }
}
