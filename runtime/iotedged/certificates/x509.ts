// The X.509 library finds its parts by reflection, which this adds to the language; it must be loaded first.
import "reflect-metadata";

export * from "@peculiar/x509";
