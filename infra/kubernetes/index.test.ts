import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const program = `
  import { registerHooks } from "node:module";
  const heavy = [];
  registerHooks({
    resolve(specifier, context, next) {
      if (/^(undici|@kubernetes\\/client-node)/.test(specifier)) heavy.push(specifier);
      return next(specifier, context);
    },
  });
  const { createSender, loadKubeConfig } = await import(process.argv[1]);
  console.log(typeof createSender, typeof loadKubeConfig, heavy.join());
`;

test("what only imports this room loads neither the client library nor its HTTP client", () => {
  const index = new URL("index.ts", import.meta.url).href;
  const arguments_ = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program, index];
  expect(execFileSync(process.execPath, arguments_, { encoding: "utf8" })).toBe("function function \n");
});
