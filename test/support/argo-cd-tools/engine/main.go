// Argo CD's own engine over one application: `engine KUBECONFIG look|sync APPLICATION` reads the application's objects as a JSON
// list from stdin, and prints as JSON what it has done, what differs, how healthy it is, and what belongs to it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/argoproj/gitops-engine/pkg/cache"
	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/argoproj/gitops-engine/pkg/health"
	"github.com/argoproj/gitops-engine/pkg/sync"
	"github.com/argoproj/gitops-engine/pkg/sync/common"
	"github.com/argoproj/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// As Argo CD names itself, and marks what is an application's.
const (
	manager  = "argocd-controller"
	tracking = "argocd.argoproj.io/tracking-id"
)

const (
	patience = 3 * time.Minute
	pause    = 300 * time.Millisecond
)

type object = unstructured.Unstructured

type synced struct {
	Object  string `json:"object"`
	Status  string `json:"status"`
	Message string `json:"message"`
}

type report struct {
	// In the order in which it was done.
	Synced []synced `json:"synced"`
	// Objects that are not as they should be, or not there.
	Differs []string `json:"differs"`
	// Of the application's objects for which Argo CD has a rule.
	Health map[string]string `json:"health"`
	// Of all that belongs to them by owner references, where Argo CD has a rule.
	Tree map[string]string `json:"tree"`
}

func main() {
	if err := run(os.Args[1], os.Args[2] == "sync", os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(kubeconfig string, writes bool, application string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 100, 200
	var wanted []*object
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		return err
	}
	for _, one := range wanted {
		annotations := one.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[tracking] = trackingID(application, one)
		one.SetAnnotations(annotations)
	}
	live := cache.NewClusterCache(config, cache.SetPopulateResourceInfoHandler(
		func(one *object, _ bool) (any, bool) {
			return one.GetAnnotations()[tracking] == trackingID(application, one), true
		}))
	isManaged := func(one *cache.Resource) bool { return one.Info == true }
	var result report
	if err := live.EnsureSynced(); err != nil {
		return err
	}
	defer live.Invalidate()
	if writes {
		if result.Synced, err = synchronize(config, live, wanted, isManaged); err != nil {
			return err
		}
	}
	if err := look(config, live, wanted, isManaged, &result); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// As Argo CD's controller does it: each step begins with what is there now, and with what the steps before have done.
func synchronize(config *rest.Config, live cache.ClusterCache, wanted []*object, isManaged func(*cache.Resource) bool) ([]synced, error) {
	foreground := metav1.DeletePropagationForeground
	var phase common.OperationPhase
	var message string
	var done []common.ResourceSyncResult
	began := metav1.Now()
	for time.Since(began.Time) < patience {
		managed, err := live.GetManagedLiveObjs(wanted, isManaged)
		if err != nil {
			return nil, err
		}
		step, cleanup, err := sync.NewSyncContext("revision", sync.Reconcile(wanted, managed, "default", live), config, config,
			&kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}, "default", live.GetOpenAPISchema(),
			sync.WithInitialState(phase, message, done, began), sync.WithPrune(true), sync.WithServerSideApply(true),
			sync.WithServerSideApplyManager(manager), sync.WithPrunePropagationPolicy(&foreground), sync.WithLogr(logr.Discard()))
		if err != nil {
			return nil, err
		}
		step.Sync()
		phase, message, done = step.GetState()
		cleanup()
		if phase.Successful() {
			return inOrder(done), nil
		}
		if phase.Completed() {
			break
		}
		time.Sleep(pause)
	}
	return nil, fmt.Errorf("%s: %s: %v", phase, message, done)
}

func trackingID(application string, one *object) string {
	gvk := one.GroupVersionKind()
	return fmt.Sprintf("%s:%s/%s:%s/%s", application, gvk.Group, gvk.Kind, one.GetNamespace(), one.GetName())
}

func inOrder(done []common.ResourceSyncResult) []synced {
	sort.SliceStable(done, func(a, b int) bool { return done[a].Order < done[b].Order })
	var all []synced
	for _, one := range done {
		all = append(all, synced{nameOf(one.ResourceKey), string(one.Status), one.Message})
	}
	return all
}

func nameOf(key kube.ResourceKey) string {
	return fmt.Sprintf("%s %s/%s", key.Kind, key.Namespace, key.Name)
}

// What Argo CD shows: differences as with ServerSideDiff=true, health, and the tree below.
func look(config *rest.Config, live cache.ClusterCache, wanted []*object, isManaged func(*cache.Resource) bool, result *report) error {
	managed, err := live.GetManagedLiveObjs(wanted, isManaged)
	if err != nil {
		return err
	}
	pair := sync.Reconcile(wanted, managed, "default", live)
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	runner := &dryRunner{client, live}
	result.Differs, result.Health, result.Tree = []string{}, map[string]string{}, map[string]string{}
	var keys []kube.ResourceKey
	for index, target := range pair.Target {
		found := pair.Live[index]
		if target == nil || found == nil {
			one := target
			if one == nil {
				one = found
			}
			result.Differs = append(result.Differs, nameOf(kube.GetResourceKey(one)))
			continue
		}
		key := kube.GetResourceKey(found)
		keys = append(keys, key)
		difference, err := diff.Diff(target, found, diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(runner), diff.WithManager(manager),
			diff.WithGVKParser(live.GetGVKParser()), diff.WithLogr(logr.Discard()))
		if err != nil {
			return err
		}
		if difference.Modified {
			result.Differs = append(result.Differs, nameOf(key))
		}
		if err := judge(found, result.Health); err != nil {
			return err
		}
	}
	live.IterateHierarchyV2(keys, func(one *cache.Resource, _ map[kube.ResourceKey]*cache.Resource) bool {
		if one.Resource != nil && one.Info != true && err == nil {
			err = judge(one.Resource, result.Tree)
		}
		return true
	})
	return err
}

func judge(one *object, into map[string]string) error {
	status, err := health.GetResourceHealth(one, nil)
	if err == nil && status != nil {
		into[nameOf(kube.GetResourceKey(one))] = string(status.Status)
	}
	return err
}

type dryRunner struct {
	client dynamic.Interface
	live   cache.ClusterCache
}

func (runner *dryRunner) Run(ctx context.Context, one *object, by string) (string, error) {
	gvk := one.GroupVersionKind()
	var name string
	for _, api := range runner.live.GetAPIResources() {
		if api.GroupKind == gvk.GroupKind() {
			name = api.GroupVersionResource.Resource
		}
	}
	body, err := json.Marshal(one)
	if err != nil {
		return "", err
	}
	force := true
	options := metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: by, Force: &force}
	resource := runner.client.Resource(gvk.GroupVersion().WithResource(name))
	var answer *object
	if namespace := one.GetNamespace(); namespace != "" {
		answer, err = resource.Namespace(namespace).Patch(ctx, one.GetName(), types.ApplyPatchType, body, options)
	} else {
		answer, err = resource.Patch(ctx, one.GetName(), types.ApplyPatchType, body, options)
	}
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(answer)
	return string(text), err
}
