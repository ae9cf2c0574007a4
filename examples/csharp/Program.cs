// An IoT Edge installation, declared in C#.
using System.Collections.Generic;
using System.IO;
using Pulumi;
using Pulumi.Iotedge;
using Pulumi.Iotedge.Inputs;
using Kubernetes = Pulumi.Kubernetes;

const string registry = "registry.example.com/iotedge";

return await Deployment.RunAsync(() =>
{
    var cluster = new Kubernetes.Provider("cluster", new Kubernetes.ProviderArgs
    {
        Context = "factory-3",
        EnableSecretMutable = true,
        EnableConfigMapMutable = true,
    });
    var line = new EdgeInstallation("line-1", new EdgeInstallationArgs
    {
        Namespace = "line-1",
        CreateNamespace = true,
        TokenReview = TokenReview.Minimal,
        Images = new ImagesArgsArgs
        {
            Iotedged = $"{registry}/iotedged:1",
            EdgeAgent = $"{registry}/edge-agent:1",
            Proxy = $"{registry}/proxy:1",
        },
        EdgeAgent = new EdgeAgentArgsArgs { Policy = new ModulePolicyArgsArgs { HostNetwork = true } },
        Deployment = File.ReadAllText("deployment.json"),
    }, new ComponentResourceOptions { Providers = { cluster } });
    return new Dictionary<string, object?> { ["workloadUri"] = line.WorkloadUri };
});
