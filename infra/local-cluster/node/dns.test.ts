import { describe, expect, it } from "vitest";
import { layoutOf } from "../layout.ts";
import { renderCorefile } from "./dns.ts";

const layout = layoutOf("/srv/edge cluster");

describe("CoreDNS's configuration", () => {
  it("asks the machine's own resolver for other names, if there is one", () => {
    expect(renderCorefile(layout, "/etc/resolv.conf")).toContain("\n  forward . /etc/resolv.conf\n");
    expect(renderCorefile(layout, undefined)).not.toContain("forward");
  });

  it("quotes paths", () => {
    expect(renderCorefile(layout, undefined)).toContain('kubeconfig "/srv/edge cluster/config/coredns.kubeconfig"');
  });
});
