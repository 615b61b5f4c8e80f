// Karpenter itself, with a cloud that sells the machines of our own catalogue and makes Node objects of them.
//
// Everything that decides where a pod goes is Karpenter's. What differs from AWS: nothing is ever short, spot has one price,
// and a machine joins at once.
package main

import (
	"fmt"
	"os"

	"k8s.io/client-go/util/flowcontrol"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/overlay"
	"sigs.k8s.io/karpenter/pkg/controllers"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/operator"
)

func main() {
	catalogue, err := readCatalogue(os.Getenv("CATALOGUE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	catalogue.register()
	// Where it means to put a pod it tells by an event; the tests read every one of them, and not five a second.
	scheduling.PodNominationRateLimiter = flowcontrol.NewFakeAlwaysRateLimiter()
	ctx, op := operator.NewOperator()
	sold := &provider{client: op.GetClient(), catalogue: catalogue, overlays: op.InstanceTypeStore}
	overlaid := overlay.Decorate(sold, op.GetClient(), op.InstanceTypeStore)
	cluster := state.NewCluster(op.Clock, op.GetClient(), overlaid)
	op.WithControllers(ctx, controllers.NewControllers(
		ctx, op.Manager, op.Clock, op.GetClient(), op.EventRecorder, overlaid, sold, cluster, op.InstanceTypeStore,
	)...).Start(ctx)
}
