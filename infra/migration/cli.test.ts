import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CommandContext } from "../terminal/index.ts";
import { addMigrate } from "./cli.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-migrate-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function migrate(...args: readonly string[]) {
  let json: unknown;
  const output = {
    write: async () => {},
    json: async (value: unknown) => {
      json = value;
    },
  };
  const program = new Command();
  addMigrate(program, async (command) => {
    await command({ projectDirectory: directory, output } as unknown as CommandContext);
  });
  await program.parseAsync(["migrate", "--stack", "s", "--json", ...args], { from: "user" });
  return json;
}

it.each(["--config", "--values", "--manifest"])(
  "%s reads no device and no pipe, which would never end",
  async (option) => {
    const file = join(directory, "endless");
    await symlink("/dev/zero", file);
    const message = `${file} cannot be converted: it is no regular file`;
    await expect(migrate(option, file)).rejects.toMatchObject({ code: "EDGE_MIGRATE_UNREADABLE", message });
    expect(await readdir(directory)).toEqual(["endless"]);
  },
);

it("prints its report as data", async () => {
  const file = join(directory, "config.toml");
  await writeFile(file, 'hostname = "gateway"\n');
  expect(await migrate("--config", file)).toMatchObject({
    files: ["stacks/Pulumi.s.yaml"],
    findings: [{ id: "gateway-hostname" }],
  });
});

it("connects an installation in the place of a device, and of nothing else", async () => {
  const [config, values] = [join(directory, "config.toml"), join(directory, "values.yaml")];
  await writeFile(values, "provisioning: {}");
  await writeFile(config, '[provisioning]\nsource = "external"\n');
  const refused = { code: "EDGE_CLI_USAGE", message: expect.stringContaining("--connected goes with --config") };
  await expect(migrate("--connected", "--manifest", config)).rejects.toMatchObject(refused);
  await expect(migrate("--connected", "--config", config, "--values", values)).rejects.toMatchObject(refused);
  expect(await migrate("--connected", "--config", config)).toMatchObject({
    findings: [{ id: "iot-hub" }, { id: "not-connected" }],
  });
});
