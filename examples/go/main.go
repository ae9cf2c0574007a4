// An IoT Edge installation, declared in Go.
package main

import (
	"os"

	"example.com/pulumi-iotedge/sdk/go/iotedge"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const registry = "registry.example.com/iotedge"

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		cluster, err := kubernetes.NewProvider(ctx, "cluster", &kubernetes.ProviderArgs{
			Context:                pulumi.String("factory-3"),
			EnableSecretMutable:    pulumi.Bool(true),
			EnableConfigMapMutable: pulumi.Bool(true),
		})
		if err != nil {
			return err
		}
		deployment, err := os.ReadFile("deployment.json")
		if err != nil {
			return err
		}
		tokenReview := iotedge.TokenReviewMinimal
		line, err := iotedge.NewEdgeInstallation(ctx, "line-1", &iotedge.EdgeInstallationArgs{
			Namespace:       pulumi.String("line-1"),
			CreateNamespace: pulumi.BoolRef(true),
			TokenReview:     &tokenReview,
			Images: iotedge.ImagesArgsArgs{
				Iotedged:  pulumi.String(registry + "/iotedged:1"),
				EdgeAgent: pulumi.String(registry + "/edge-agent:1"),
				Proxy:     pulumi.String(registry + "/proxy:1"),
			},
			EdgeAgent: &iotedge.EdgeAgentArgsArgs{
				Policy: &iotedge.ModulePolicyArgsArgs{HostNetwork: pulumi.BoolRef(true)},
			},
			Deployment: pulumi.String(deployment),
		}, pulumi.ProviderMap(map[string]pulumi.ProviderResource{"kubernetes": cluster}))
		if err != nil {
			return err
		}
		ctx.Export("workloadUri", line.WorkloadUri)
		return nil
	})
}
