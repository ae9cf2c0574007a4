import { describe, expect, it } from "vitest";
import { annotations, formerModuleObjectName, moduleObjectName } from "#contract";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { allottedNames, generationOf, moduleIdOf, serviceNamesOf } from "./module-identity.ts";
import { createServiceAccountDirectory } from "./service-accounts.ts";

const account = (name: string, moduleId?: string, uid = `uid-of-${name}`) => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name, uid, ...(moduleId === undefined ? {} : { annotations: { [annotations.moduleId]: moduleId } }) },
});

describe("moduleIdOf", () => {
  it.each(["sensor", "$edgeHub", "Temperature Sensor", "iotedged"])(
    "believes the annotation %j of its own account",
    (id) => {
      expect(moduleIdOf(account(moduleObjectName(id), id))).toBe(id);
    },
  );

  it("believes it of an account of the former name, which a module keeps", () => {
    expect(moduleIdOf(account(formerModuleObjectName("Temperature Sensor"), "Temperature Sensor"))).toBe(
      "Temperature Sensor",
    );
  });

  it("knows EdgeAgent by its reserved name, whatever is annotated", () => {
    expect(moduleIdOf(account("edgeagent"))).toBe("$edgeAgent");
    expect(moduleIdOf(account("edgeagent", "sensor"))).toBe("$edgeAgent");
  });

  it.each([
    ["impostor", "$edgeAgent"],
    ["sensor", "hub"],
    ["sensor", "Sensor"],
    ["sensor", ""],
    ["sensor", undefined],
    ["iotedged", "iotedged"],
    ["default", undefined],
  ])("takes account %j annotated %j for no module", (name, id) => {
    expect(moduleIdOf(account(name, id))).toBeUndefined();
  });
});

describe("allottedNames", () => {
  const kept = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
  const allotted = (more: Readonly<Record<string, string>> = {}) => {
    const { metadata, ...rest } = account("sensor", "sensor");
    const notes = { ...metadata.annotations, [annotations.serverNames]: "ingest.example,192.0.2.10", ...more };
    return { ...rest, metadata: { ...metadata, annotations: notes } };
  };

  it("are those of the account of that generation, also of one that is kept over a restore", () => {
    const names = ["ingest.example", "192.0.2.10"];
    expect(allottedNames(allotted(), "uid-of-sensor")).toEqual(names);
    expect(allottedNames(allotted({ [annotations.keptGeneration]: `sensor/${kept}` }), kept)).toEqual(names);
  });

  it("are none of an account of another generation, or where there is none", () => {
    expect(allottedNames(allotted(), kept)).toEqual([]);
    expect(allottedNames(allotted({ [annotations.keptGeneration]: `sensor/${kept}` }), "uid-of-sensor")).toEqual([]);
    expect(allottedNames(account("sensor", "sensor"), "uid-of-sensor")).toEqual([]);
    expect(allottedNames(undefined, "uid-of-sensor")).toEqual([]);
  });
});

describe("serviceNamesOf", () => {
  const named = (id: string, serviceNames: string) => {
    const name = moduleObjectName(id);
    const { metadata, ...rest } = account(name, id);
    const notes = { ...metadata.annotations, [annotations.serviceNames]: serviceNames };
    return { ...rest, metadata: { ...metadata, uid: "u", annotations: notes } };
  };

  it("believes the name that the module's id makes, and no other, of the right generation", () => {
    expect(serviceNamesOf(named("OpcPlc", "opcplc,plc"), "u")).toEqual(["opcplc"]);
    expect(serviceNamesOf(named("OpcPlc", "sensor"), "u")).toEqual([]);
    expect(serviceNamesOf(named("OpcPlc", "opcplc"), "other")).toEqual([]);
    expect(serviceNamesOf(named("OpcPlc", ""), "u")).toEqual([]);
    expect(serviceNamesOf(undefined, "u")).toEqual([]);
  });
});

describe("generationOf", () => {
  const accounts = new Map(
    [account("sensor", "sensor"), account("hub", "sensor")].map((one) => [one.metadata.name, one]),
  );

  it("is the UID of the account that stands for the module", () => {
    expect(generationOf("sensor", accounts)).toBe("uid-of-sensor");
  });

  it("is the one that is kept for the account, and none of another account", () => {
    const kept = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
    const annotated = (value: string) => {
      const { metadata, ...rest } = account("sensor", "sensor");
      const notes = { ...metadata.annotations, [annotations.keptGeneration]: value };
      return new Map([["sensor", { ...rest, metadata: { ...metadata, annotations: notes } }]]);
    };
    expect(generationOf("sensor", annotated(`sensor/${kept}`))).toBe(kept);
    expect(generationOf("sensor", annotated(`hub/${kept}`))).toBe("uid-of-sensor");
  });

  it("is that of the account that the module has, of its former name or of its present one", () => {
    const id = "Temperature Sensor";
    const [former, present] = [formerModuleObjectName(id), moduleObjectName(id)].map((name) => account(name, id));
    const of = (...all: readonly (typeof former)[]) =>
      new Map(all.map((one) => [one?.metadata.name ?? "", one as never]));
    expect(generationOf(id, of(former))).toBe(former?.metadata.uid);
    expect(generationOf(id, of(present))).toBe(present?.metadata.uid);
  });

  it.each(["hub", "nobody", "", "$edgeHub"])("does not exist for %j", (moduleId) => {
    expect(generationOf(moduleId, accounts)).toBeUndefined();
  });
});

describe("createServiceAccountDirectory", () => {
  it("finds in the informer without a call", async () => {
    const store = new FakeObjectStore();
    store.put(account("sensor", "sensor", "u1"));
    const directory = createServiceAccountDirectory({ informer: store.informer(serviceAccounts), store });
    store.failNext(new Error("no call expected"));
    expect((await directory.find("sensor", "u1"))?.metadata.name).toBe("sensor");
  });

  it("asks for what is newer than the informer's view", async () => {
    const store = new FakeObjectStore();
    store.put(account("sensor", "sensor", "old"));
    const informer = store.informer(serviceAccounts);
    informer.freeze();
    store.take("ServiceAccount", "sensor");
    store.put(account("sensor", "sensor", "new"));
    store.put(account("hub", "hub", "u2"));
    const directory = createServiceAccountDirectory({ informer, store });
    expect((await directory.find("sensor", "new"))?.metadata.uid).toBe("new");
    expect((await directory.find("hub", "u2"))?.metadata.uid).toBe("u2");
  });

  it("does not find an account that was made again since", async () => {
    const store = new FakeObjectStore();
    store.put(account("sensor", "sensor", "new"));
    const directory = createServiceAccountDirectory({ informer: store.informer(serviceAccounts), store });
    expect(await directory.find("sensor", "old")).toBeUndefined();
    expect(await directory.find("gone", "old")).toBeUndefined();
  });
});
