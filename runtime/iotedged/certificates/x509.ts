// The X.509 library needs the reflection API that this adds, so it must be loaded first.
import "reflect-metadata";

export * from "@peculiar/x509";
