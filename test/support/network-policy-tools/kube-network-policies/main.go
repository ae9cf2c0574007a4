// Enforces NetworkPolicies by the controller of kube-network-policies in the network namespace that it runs in. Its own
// command takes its credentials from a pod's files, and asks the API server through the network that it guards.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the API server")
	socket := flag.String("api-socket", "", "unix socket that leads to the API server")
	node := flag.String("node", "", "name of the node whose pods are guarded")
	queue := flag.Int("queue", 100, "number of the nfqueue that packets come by")
	klog.InitFlags(nil)
	flag.Parse()
	if err := run(*kubeconfig, *socket, *node, *queue); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig, socket, node string, queue int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	// Keeps the controller from a container runtime of this machine: it would ask that for addresses of pods.
	if err := os.Setenv("NRI_PLUGIN_SOCKET", "none"); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	all := informers.NewSharedInformerFactory(client, 0)
	controller, err := networkpolicy.NewController(
		client,
		all.Networking().V1().NetworkPolicies(),
		all.Core().V1().Namespaces(),
		all.Core().V1().Pods(),
		nil, nil, nil, nil,
		// With NRIdisabled, 0.8.0 panics at the first address that is no pod's.
		networkpolicy.Config{NodeName: node, QueueID: queue},
	)
	if err != nil {
		return err
	}
	all.Start(ctx.Done())
	all.WaitForCacheSync(ctx.Done())
	fmt.Println("synced")
	return controller.Run(ctx)
}
