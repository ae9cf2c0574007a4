import { expect, it } from "vitest";
import type { JsonObject } from "#base";
import { fillTemplate, lookupIn } from "./fill-template.ts";

/** The text with placeholders where it has names in angle brackets. */
const of = (text: string) => text.replaceAll("<", "$" + "{").replaceAll(">", "}");
const known: Readonly<Record<string, string>> = {
  REGISTRY: "registry.plant",
  HOME: "/root",
  QUOTED: 'a "b"',
  DB_PASSWORD: "hunter2",
  EDGE_AGE_KEY: "AGE-SECRET-KEY-1",
  AGE_KEY: "AGE-SECRET-KEY-1",
};
const environment = (name: string) => known[name];
const listed = ["REGISTRY", "QUOTED", "DB_PASSWORD", "HOME", "AGE_KEY"];
const fill = (template: JsonObject, file?: string, names: readonly string[] = listed) =>
  fillTemplate(template, lookupIn(file, { names, environment })).object;

it("takes of the environment what is listed alone, and never what is of the tools or called like a credential", () => {
  const template = {
    Env: ["REGISTRY", "HOME", "EDGE_AGE_KEY", "AGE_KEY", "DB_PASSWORD"].map((name) => of(`A=<${name}>`)),
  };
  const [, ...rest] = template.Env;
  expect(fill(template, undefined, [])).toEqual(template);
  expect(fill(template, undefined, Object.keys(known))).toEqual({ Env: ["A=registry.plant", ...rest] });
  expect(fill({ a: of("<HOME>") }, "HOME=/plant")).toEqual({ a: "/plant" });
});

it("fills in from a file beside the template, and else from the environment", () => {
  expect(fill({ image: of("<REGISTRY>/sensor:<TAG>") }, "TAG='1.0' # the plant's\nexport X=1")).toEqual({
    image: "registry.plant/sensor:1.0",
  });
  expect(fill({ image: of("<REGISTRY>") }, "REGISTRY=other")).toEqual({ image: "other" });
});

it("fills in $NAME from the file alone: without one, it may be meant as it is", () => {
  const template = { Binds: ["$DATA:/data", "$REGISTRY:/x"], env: { P: { value: "pa$$DATA" } }, to: "$upstream" };
  expect(fill(template, "DATA=/srv/data\nupstream=x")).toEqual({
    Binds: ["/srv/data:/data", "$REGISTRY:/x"],
    env: { P: { value: "pa$$DATA" } },
    to: "$upstream",
  });
  expect(fill(template)).toEqual(template);
});

it("fills in keys as well, but none that would hide another", () => {
  const bindings = (...ports: string[]) => ({
    PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostPort: port }]])),
  });
  expect(fill(bindings(of("<PORT>/tcp")), "PORT=1883")).toEqual(bindings("1883/tcp"));
  const two = { PortBindings: { "1883/tcp": 1, [of("<PORT>/tcp")]: 2 } };
  expect(fill(two, "PORT=1883")).toEqual(two);
});

it("leaves what nobody has said, the images of a stack, and words of a shell", () => {
  const template = {
    a: of("<MISSING>"),
    image: of("<MODULES.sample>"),
    Cmd: ["sh", "-c", of("ls <HOME>")],
    healthcheck: of("<HOME>"),
  };
  expect(fill(template)).toEqual(template);
});

it("reads options that are text, in parts as well, before it fills in what may hold quotes", () => {
  const options = JSON.stringify({ Env: [of("NAME=<QUOTED>")], Cmd: [of("<HOME>")] });
  const settings = { createOptions: options.slice(0, 9), createOptions01: options.slice(9) };
  expect(fill({ settings })).toEqual({
    settings: { createOptions: { Env: ['NAME=a "b"'], Cmd: [of("<HOME>")] } },
  });
  expect(fill({ settings: { createOptions: '{"Env":[]}' } })).toEqual({ settings: { createOptions: '{"Env":[]}' } });
});

it("takes a name that ends with `pass` for a credential, and no other word that does", () => {
  const [admin, bypass] = [of("<ADMIN_PASS>"), of("<bypass>")];
  const lookup = lookupIn("ADMIN_PASS=x\nbypass=y", { names: [], environment });
  expect(fillTemplate({ admin, bypass }, lookup).object).toEqual({ admin, bypass: "y" });
});

it("fills in no credential, by whichever of the two names it is one", () => {
  const acr = { address: "registry.plant", username: "u", password: of("<REGISTRY>") };
  const template = {
    registryCredentials: { acr },
    env: { DB: { value: of("<DB_PASSWORD>") }, API_KEY: { value: of("<REGISTRY>") } },
  };
  expect(fill(template)).toEqual(template);
  expect(fill({ Env: [of("DB_PASSWORD=<REGISTRY>")] })).toEqual({ Env: [of("DB_PASSWORD=<REGISTRY>")] });
  const written = { registryCredentials: { acr: { ...acr, address: of("<REGISTRY>") } } };
  expect(fill(written)).toEqual({ registryCredentials: { acr } });
});
