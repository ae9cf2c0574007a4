import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotations } from "./labels.ts";
import {
  formerModuleObjectName,
  isModuleServiceAccount,
  isServiceName,
  moduleObjectName,
  moduleServiceName,
  presentModuleObjectName,
} from "./module-object-name.ts";

const accounts = (entries: Readonly<Record<string, string>>) =>
  new Map(
    Object.entries(entries).map(([name, moduleId]) => [
      name,
      { metadata: { annotations: { [annotations.moduleId]: moduleId } } },
    ]),
  );

describe("the name of a module's objects", () => {
  it.each([
    ["sensor", "sensor"],
    ["$edgeHub", "edgehub"],
    ["edge-temperaturesensor", "edge-temperaturesensor"],
    ["Sensor", "sensor-162cc64ca1e4ffe9b906"],
    ["iotedged", "iotedged-c71156ff07bb85e7fbcf"],
  ])("of %s is %s", (id, name) => {
    expect(moduleObjectName(id)).toBe(name);
  });

  it("has at least 80 bits of a hash wherever it is not the id itself, and is a DNS label", () => {
    const id = fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$' ]{1,128}$/);
    fc.assert(
      fc.property(id, (moduleId) => {
        const name = moduleObjectName(moduleId);
        expect(name).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
        if (name !== moduleId && !moduleId.startsWith("$edge")) expect(name).toMatch(/^[a-z][a-z0-9-]*-[0-9a-f]{20}$/);
      }),
    );
  });

  it("is not one that another id has as its hashed name, of old or of now", () => {
    for (const name of [moduleObjectName("Sensor"), formerModuleObjectName("Sensor")]) {
      expect(moduleObjectName(name)).not.toBe(name);
    }
  });

  it("tells two ids apart that 48 bits of their hashes did not", () => {
    const [one, other] = collision;
    expect(formerModuleObjectName(one)).toBe(formerModuleObjectName(other));
    expect(moduleObjectName(one)).not.toBe(moduleObjectName(other));
  });
});

describe("a module from before names had longer hashes", () => {
  const former = formerModuleObjectName("Sensor");

  it("keeps its name for as long as its ServiceAccount is there", () => {
    expect(former).toBe("sensor-162cc64ca1e4");
    expect(presentModuleObjectName("Sensor", accounts({ [former]: "Sensor" }))).toBe(former);
    expect(presentModuleObjectName("Sensor", accounts({}))).toBe(moduleObjectName("Sensor"));
  });

  it("does not hand its account to a module whose hash begins as its own does", () => {
    const [one, other] = collision;
    const present = accounts({ [formerModuleObjectName(one)]: one });
    expect(presentModuleObjectName(one, present)).toBe(formerModuleObjectName(one));
    expect(presentModuleObjectName(other, present)).toBe(moduleObjectName(other));
  });

  it("keeps the name that it had without a hash, where that looks like one of now", () => {
    const id = "sensor-0123456789abcdef0123";
    expect(presentModuleObjectName(id, accounts({ [id]: id }))).toBe(id);
    expect(presentModuleObjectName(id, accounts({}))).not.toBe(id);
  });

  it("is known by both names, and by no other", () => {
    expect(isModuleServiceAccount(former, "Sensor")).toBe(true);
    expect(isModuleServiceAccount(moduleObjectName("Sensor"), "Sensor")).toBe(true);
    expect(isModuleServiceAccount("sensor", "Sensor")).toBe(false);
    expect(isModuleServiceAccount(former, "sensor")).toBe(false);
  });
});

/** Two ids of the same letters whose SHA-256 begin with the same 48 bits. Found in minutes. */
const collision = ["M=!==@?!==!=!?!@!=??!!!?@", "M==@===!?=?!!???=!@==!@@@"] as const;

describe("the name by which a module is found beside that of its objects", () => {
  it.each([
    ["OpcPlc", "opcplc"],
    ["SimulatedTemperatureSensor", "simulatedtemperaturesensor"],
    ["Sensor One", "sensor-one"],
    ["my_plc", "my-plc"],
    ["plc--", "plc"],
    ["sensor", undefined],
    ["$edgeHub", undefined],
    ["iotedged", undefined],
    ["Proxy", undefined],
    ["123", undefined],
    ["Plc-0123456789ab", undefined],
  ])("of %s is %s", (id, name) => {
    expect(moduleServiceName(id)).toBe(name);
  });

  it("is never that of the objects of any module, but of the one whose id it is", () => {
    const id = fc.stringMatching(/^[A-Za-z0-9\-:.+%_#*?!(),=@;$' ]{1,128}$/);
    fc.assert(
      fc.property(id, (moduleId) => {
        const name = moduleServiceName(moduleId);
        if (name === undefined) return;
        expect(isServiceName(name)).toBe(true);
        expect(moduleObjectName(name)).toBe(name);
        expect(moduleObjectName(moduleId)).not.toBe(name);
        expect(formerModuleObjectName(moduleId)).not.toBe(name);
      }),
    );
  });
});
