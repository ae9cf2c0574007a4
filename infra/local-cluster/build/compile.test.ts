import { expect, it } from "vitest";
import { formatElapsed, isMessage } from "./compile.ts";

it.each([
  ["k8s.io/kubernetes/pkg/kubelet", false],
  ["go: downloading k8s.io/kubernetes v1.36.3", false],
  ["", false],
  ["# k8s.io/kubernetes/pkg/kubelet", true],
  ["pkg/kubelet/kubelet.go:12:3: undefined: foo", true],
  ["go: k8s.io/kubernetes@v1.36.3: dial tcp: lookup modules.example.com: no such host", true],
])("tells whether %j is a message of go's: %s", (line, message) => expect(isMessage(line)).toBe(message));

it.each([
  [0, "0 s"],
  [41_600, "42 s"],
  [59_700, "1 min 0 s"],
  [185_000, "3 min 5 s"],
])("renders %i ms as %s", (milliseconds, text) => expect(formatElapsed(milliseconds)).toBe(text));
