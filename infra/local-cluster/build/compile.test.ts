import { expect, it } from "vitest";
import { isMessage } from "./compile.ts";

it.each([
  ["k8s.io/kubernetes/pkg/kubelet", false],
  ["go: downloading k8s.io/kubernetes v1.36.3", false],
  ["", false],
  ["# k8s.io/kubernetes/pkg/kubelet", true],
  ["pkg/kubelet/kubelet.go:12:3: undefined: foo", true],
  ["go: k8s.io/kubernetes@v1.36.3: dial tcp: lookup modules.example.com: no such host", true],
])("tells whether %j is a message of go's: %s", (line, message) => expect(isMessage(line)).toBe(message));
