import { describe, expect, it } from "vitest";
import { layoutOf } from "../layout.ts";
import { clusterPlan } from "../network-plan.ts";
import { renderCorefile } from "./dns.ts";

const layout = layoutOf("/srv/edge cluster");

describe("CoreDNS's configuration", () => {
  it("asks the machine's own resolver for other names, if there is one", () => {
    expect(renderCorefile(layout, clusterPlan("ipv4"), "/etc/resolv.conf")).toContain(
      "\n  forward . /etc/resolv.conf\n",
    );
    expect(renderCorefile(layout, clusterPlan("ipv4"), undefined)).not.toContain("forward");
  });

  it("quotes paths", () => {
    expect(renderCorefile(layout, clusterPlan("ipv4"), undefined)).toContain(
      'kubeconfig "/srv/edge cluster/config/coredns.kubeconfig"',
    );
  });

  it("answers for addresses of both families, on the node's own", () => {
    const file = renderCorefile(layout, clusterPlan("ipv6"), undefined);
    expect(file).toContain("bind fd65:6467:6500:245::1\n");
    expect(file).toContain("kubernetes cluster.local in-addr.arpa ip6.arpa {");
  });
});
