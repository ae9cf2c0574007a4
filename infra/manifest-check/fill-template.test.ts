import { expect, it } from "vitest";
import type { JsonObject } from "#base";
import { fillTemplate, lookupIn } from "./fill-template.ts";
import { readVariables } from "./variables-text.ts";

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
  fillTemplate(template, lookupIn(file === undefined ? undefined : readVariables(file), { names, environment })).object;

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

it.each([
  ["DATABASE_URL", "postgres://app:hunter22@db.plant/plant"],
  ["IOTHUB_CS", "HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"],
  ["BLOBS", "https://x.blob.core.windows.net/c?sv=2022&sig=a1b2c3d4e5f6a1b2c3d4e5f6%3D"],
  ["DOCKER_CONFIG_JSON", '{"auths":{"r.plant":{"auth":"dXNlcjpodW50ZXIyMmh1bnRlcjIy"}}}'],
  ["PEM", "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIA=="],
])("puts in nothing that looks like a credential, whatever %s is called", (name, value) => {
  const template = { Env: [of(`A=<${name}>`), of("B=<TAG>")] };
  const file = `${name}='${value}'\nTAG=registry.plant/x@sha256:${"0123456789abcdef".repeat(4)}`;
  const { object, problems } = fillTemplate(template, lookupIn(readVariables(file), { names: [], environment }));
  expect(object.Env).toEqual([template.Env[0], expect.stringContaining("sha256:")]);
  expect(problems).toEqual([
    { message: expect.stringContaining(of(`takes <${name}>, whose`)), remedy: expect.anything() },
  ]);
});

it("gives a name of a credential to nothing", () => {
  for (const name of ["DBPASS", "MYSQL_ROOT_PW", "ADMIN_PASS"]) {
    expect(fill({ a: of(`<${name}>`) }, `${name}=x`)).toEqual({ a: of(`<${name}>`) });
  }
  expect(fill({ a: of("<BYPASS>") }, "BYPASS=x")).toEqual({ a: "x" });
});

it("fills in keys as well, but none that would hide another", () => {
  const bindings = (...ports: string[]) => ({
    PortBindings: Object.fromEntries(ports.map((port) => [port, [{ HostPort: port }]])),
  });
  expect(fill(bindings(of("<PORT>/tcp")), "PORT=1883")).toEqual(bindings("1883/tcp"));
  const two = { PortBindings: { "1883/tcp": 1, [of("<PORT>/tcp")]: 2 } };
  expect(fill(two, "PORT=1883")).toEqual(two);
});

it("tells which keys would become one, each once and no more than anybody reads", () => {
  const template = { env: { list: [{ a: 1, [of("<A>")]: 2, [of("<B>")]: 3, [of("<C>")]: 4 }] } };
  const lookup = lookupIn(readVariables("A=a\nB=a\nC=c"), { names: [], environment });
  const { problems } = fillTemplate(template, lookup);
  expect(problems.map(({ message, keys }) => [message, keys])).toEqual([
    [of('"<A>" becomes the same key as "a", once they are filled in'), ["env", "list", 0, of("<A>")]],
    [of('"<B>" becomes the same key as "a", once they are filled in'), ["env", "list", 0, of("<B>")]],
  ]);
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [of(`${"<A>".repeat(index)}`), 1]));
  expect(fillTemplate(many, lookupIn(readVariables("A="), { names: [], environment })).problems).toHaveLength(100);
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
  const lookup = lookupIn(readVariables("ADMIN_PASS=x\nbypass=y"), { names: [], environment });
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

const layer = (changes: JsonObject) => ({ modulesContent: { $edgeAgent: changes } });
const registry = { address: "registry.plant", username: of("<REGISTRY>"), password: of("<REGISTRY>") };
it.each<readonly [string, JsonObject]>([
  ["runtime", { settings: { registryCredentials: { p: registry } } }],
  ["runtime.settings", { registryCredentials: { p: registry } }],
  ["runtime.settings", { RegistryCredentials: { p: registry } }],
  ["runtime.settings.registryCredentials", { p: registry }],
  ["runtime.settings.registryCredentials.p", registry],
  ["runtime.settings.registryCredentials.p.password", { deep: of("<REGISTRY>") }],
  ["modules.m", { env: { DB_PASSWORD: { value: of("<REGISTRY>") } } }],
  ["modules.m.env", { DB_PASSWORD: { value: of("<REGISTRY>") } }],
  ["modules.m.env.DB_PASSWORD", { value: of("<REGISTRY>") }],
  ["modules.m.settings.createOptions", { Cmd: [of("<REGISTRY>")], Env: [of("DB_PASSWORD=<REGISTRY>")] }],
])("fills in no credential and no words of a shell in a layer, where its key stops at %s", (key, value) => {
  const template = layer({ [`properties.desired.${key}`]: value });
  expect(fill(template)).toEqual(template);
});

it.each<readonly [string, JsonObject | string | readonly string[]]>([
  ["runtime.settings.registryCredentials.p.password", of("<REGISTRY>")],
  ["modules.m.env.DB_PASSWORD.value", of("<REGISTRY>")],
  ["modules.m.settings.createOptions.Cmd", [of("<REGISTRY>")]],
  ["modules.m.settings.createOptions", of('{"HostConfig":<')],
])("fills in none where its key stops at the text itself, %s", (key, value) => {
  const template = layer({ [`properties.desired.${key}`]: value });
  expect(fill(template)).toEqual(template);
});

it("judges keys of layers as they are filled in, and fills in the address of a registry", () => {
  const named = (name: string) => layer({ [`properties.desired.modules.m.env.${name}.value`]: of("<REGISTRY>") });
  expect(fill(named(of("<NAME>")), "NAME=DB_PASSWORD")).toEqual(named("DB_PASSWORD"));
  const at = (address: string) => layer({ "properties.desired.runtime.settings.registryCredentials.p": { address } });
  expect(fill(at(of("<REGISTRY>")))).toEqual(at("registry.plant"));
});

it.each(["DB-PASSWORD", "Auth:Password", "Db.Password", " API_KEY", "API_KEY ", "spring.datasource.password"])(
  "takes all before the first = for the name of a variable: %s",
  (name) => {
    const template = { Env: [of(`${name}=<REGISTRY>`)] };
    expect(fill(template)).toEqual(template);
  },
);

it("judges the name of a variable as it is filled in", () => {
  const env = "K=DB_PASSWORD\nPAIR=DB_PASSWORD=hunter2";
  expect(fill({ Env: [of("<K>=<REGISTRY>"), of("<PAIR>"), of("<SITE>=<REGISTRY>")] }, `${env}\nSITE=S`)).toEqual({
    Env: [of("DB_PASSWORD=<REGISTRY>"), of("<PAIR>"), "S=registry.plant"],
  });
});

const options = (createOptions: string, file: string) => fill({ settings: { createOptions: of(createOptions) } }, file);
it("reads options that are JSON with what is filled in alone, and has the same rules for what is in them", () => {
  const text = '{"HostConfig":{"Memory":<MEM>,"Privileged":<P>},"Env":["DB_PASSWORD=<X>","A=<X>"],"Cmd":["<X>",<X>]}';
  expect(options(text, 'MEM=64\nX=a"b\nP=true')).toEqual({
    settings: {
      createOptions: {
        HostConfig: { Memory: 64, Privileged: true },
        Env: [of("DB_PASSWORD=<X>"), 'A=a"b'],
        Cmd: [of("<X>"), of("<X>")],
      },
    },
  });
});

it("keeps digits in such options, and takes a value that is no JSON for one in quotes", () => {
  expect(JSON.stringify(options('{"Env":["A=1"],"a":1<N>,"b":<N>.50,"c":<M>}', "N=2\nM=64m"))).toBe(
    '{"settings":{"createOptions":{"Env":["A=1"],"a":12,"b":2.50,"c":"64m"}}}',
  );
});

it.each([
  ["a variable", '{"Env":[<X>]}', `X='"DB_PASSWORD=hunter2"'`, { Env: [of("<X>")] }],
  ["a list of them", '{"Env":<X>}', `X='["DB_PASSWORD=hunter2"]'`, { Env: of("<X>") }],
])("puts no credential into them as a whole: %s", (_, text, file, createOptions) =>
  expect(options(text, file)).toEqual({ settings: { createOptions } }),
);

it.each([
  ["members", '{"User":"1",<X>}', 'X="Env":["DB_PASSWORD=hunter2"]'],
  ["all of them", "<X>", 'X={"Env":["DB_PASSWORD=hunter2"]}'],
  ["a part of a text", '{"Env":["A=1<X>}', 'X=","DB_PASSWORD=hunter2"]'],
  ["a part of a character", '{"Env":["A=\\u0<X>"]}', "X=041"],
  ["a key twice", '{"User":<X>,"User":2}', "X=1"],
])("puts nothing into options that cannot be read before: %s", (_, text, file) =>
  expect(options(text, file)).toEqual({ settings: { createOptions: of(text) } }),
);
