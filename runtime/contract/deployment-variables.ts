import { isSecretVariable } from "./redaction/index.ts";

/** Of the programs that deploy, and of the account that they run as. */
const ofTools =
  /^(?:(?:EDGE|PULUMI|KUBE|HELM|NODE|NPM|LD|XDG)_\w*|KUBE_?CONFIG\w*|HOME|LOGNAME|OLDPWD|PATH|PWD|SHELL|TMPDIR)$/i;
/** Names that a file of a manifest may give to something harmless, and of which an environment has credentials. */
const likeSecret =
  /(?:^|_)(?:AUTH|BEARER|COOKIE|DSN|NONCE|PAT|SALT|SAS|SESSION|SIGNATURE|WEBHOOK)(?:_|$)|KEYS?(?:_ID|_FILE|_\d+)?$/i;

/**
 * Why the environment of who deploys gives this name to no manifest, whoever lists it; undefined where it may. Reads on
 * from the name.
 */
export function closedVariable(name: string): string | undefined {
  if (ofTools.test(name)) return "is a variable of the tools that deploy";
  return isSecretVariable(name) || likeSecret.test(name) ? "is called like a credential" : undefined;
}
