import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));

/** The templates of nginx's configuration that the supervisor reads. */
export const templatesDirectory = join(here, "nginx");

/** Options of the C compiler for the supervisor. */
export const compilerOptions: readonly string[] = [
  "-std=c11",
  "-D_GNU_SOURCE",
  ...["-Wall", "-Wextra", "-Werror", "-Wshadow", "-Wconversion"],
  ...["-O2", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-fPIE"],
  ...["-pie", "-Wl,-z,relro,-z,now", "-s"],
];

/** Sources of the supervisor, sorted. */
export async function supervisorSources(): Promise<string[]> {
  const directory = join(here, "supervisor");
  const names = await readdir(directory);
  return names
    .filter((name) => name.endsWith(".c"))
    .sort()
    .map((name) => join(directory, name));
}

/** Compiles the supervisor to the file `output`. */
export async function compileSupervisor(output: string): Promise<void> {
  await promisify(execFile)("gcc", [...compilerOptions, "-o", output, ...(await supervisorSources())]);
}
