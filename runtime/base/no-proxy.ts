import { BlockList, isIP } from "node:net";

const maxEntries = 1000;

/** Whether programs that follow `NO_PROXY` go to the host directly, as those written in Go read it. */
export function isExcluded(host: string, noProxy: string): boolean {
  const name = bare(host);
  if (name === "localhost" || /^127\.|^::1$/.test(name)) return true;
  const entries = noProxy.split(",", maxEntries).map((entry) => bare(entry.trim()));
  return entries.some((entry) => entry !== "" && (entry === "*" || covers(entry, name)));
}

function covers(entry: string, host: string): boolean {
  if (entry.includes("/")) return isInRange(entry, host);
  const name = entry.replace(/:\d{1,5}$/, "");
  if (isIP(host) !== 0 || isIP(entry) !== 0) return entry === host || name === host;
  const suffix = name.replace(/^\*/, "");
  return suffix.startsWith(".") ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function isInRange(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}

function bare(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
}
