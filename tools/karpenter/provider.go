package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/awslabs/operatorpkg/status"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/controllers/nodeoverlay"
	"sigs.k8s.io/karpenter/pkg/operator/options"
	"sigs.k8s.io/karpenter/pkg/scheduling"
	"sigs.k8s.io/karpenter/pkg/utils/resources"
)

const (
	machinePrefix = "box:///"
	efa           = corev1.ResourceName("vpc.amazonaws.com/efa")
)

// provider sells what the catalogue holds. A machine is its Node object, and nothing else: kwok keeps it alive.
type provider struct {
	client    client.Client
	catalogue *Catalogue
	overlays  *nodeoverlay.InstanceTypeStore
}

var _ cloudprovider.CloudProvider = (*provider)(nil)

func (p *provider) Name() string { return "box" }

func (p *provider) GetSupportedNodeClasses() []status.Object { return []status.Object{p.emptyClass()} }

func (p *provider) RepairPolicies() []cloudprovider.RepairPolicy { return nil }

func (p *provider) IsDrifted(context.Context, *v1.NodeClaim) (cloudprovider.DriftReason, error) {
	return "", nil
}

func (p *provider) GetInstanceTypes(ctx context.Context, pool *v1.NodePool) ([]*cloudprovider.InstanceType, error) {
	class, err := p.class(ctx, pool.Spec.Template.Spec.NodeClassRef.Name)
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return p.catalogue.instanceTypes(class.disk()), nil
}

// Create buys the cheapest machine that the claim leaves to choose from, as EC2 does on demand.
func (p *provider) Create(ctx context.Context, claim *v1.NodeClaim) (*v1.NodeClaim, error) {
	class, err := p.class(ctx, claim.Spec.NodeClassRef.Name)
	if apierrors.IsNotFound(err) {
		return nil, cloudprovider.NewInsufficientCapacityError(fmt.Errorf("resolving nodeclass, %w", err))
	}
	if err != nil {
		return nil, err
	}
	if !class.StatusConditions().Root().IsTrue() {
		return nil, cloudprovider.NewNodeClassNotReadyError(errors.New(class.GetName()))
	}
	types := p.catalogue.instanceTypes(class.disk())
	if pool := claim.Labels[v1.NodePoolLabelKey]; pool != "" && options.FromContext(ctx).FeatureGates.NodeOverlay {
		if types, err = p.overlays.ApplyAll(pool, types); err != nil {
			return nil, fmt.Errorf("applying overlays, %w", err)
		}
	}
	bought, offering := cheapest(types, claim)
	if bought == nil {
		return nil, cloudprovider.NewInsufficientCapacityError(fmt.Errorf("nothing is sold that %s would take", claim.Name))
	}
	node := machine(claim, bought, offering)
	// A real machine takes minutes to join; Karpenter is to know of its claim first.
	go func() {
		create := func() error { return p.client.Create(context.WithoutCancel(ctx), node) }
		if err := retry.OnError(retry.DefaultBackoff, func(error) bool { return true }, create); err != nil {
			log.FromContext(ctx).Error(err, "creating the node")
		}
	}()
	return claimOf(node), nil
}

// Delete has nothing to wait for: once the node is drained, the machine is gone.
func (p *provider) Delete(_ context.Context, claim *v1.NodeClaim) error {
	return cloudprovider.NewNodeClaimNotFoundError(fmt.Errorf("%s is gone", claim.Status.ProviderID))
}

func (p *provider) Get(ctx context.Context, id string) (*v1.NodeClaim, error) {
	node := &corev1.Node{}
	err := p.client.Get(ctx, client.ObjectKey{Name: nameOf(id)}, node)
	if apierrors.IsNotFound(err) {
		return nil, cloudprovider.NewNodeClaimNotFoundError(err)
	}
	if err != nil {
		return nil, fmt.Errorf("getting the node, %w", err)
	}
	return claimOf(node), nil
}

func (p *provider) List(ctx context.Context) ([]*v1.NodeClaim, error) {
	nodes := &corev1.NodeList{}
	if err := p.client.List(ctx, nodes); err != nil {
		return nil, fmt.Errorf("listing nodes, %w", err)
	}
	var found []*v1.NodeClaim
	for i := range nodes.Items {
		if strings.HasPrefix(nodes.Items[i].Spec.ProviderID, machinePrefix) {
			found = append(found, claimOf(&nodes.Items[i]))
		}
	}
	return found, nil
}

func (p *provider) emptyClass() class {
	if p.catalogue.Domain == autoMode {
		return &NodeClass{}
	}
	return &EC2NodeClass{}
}

func (p *provider) class(ctx context.Context, name string) (class, error) {
	found := p.emptyClass()
	if err := p.client.Get(ctx, client.ObjectKey{Name: name}, found); err != nil {
		return nil, err
	}
	if !found.GetDeletionTimestamp().IsZero() {
		return nil, apierrors.NewNotFound(schema.GroupResource{Group: p.catalogue.Domain, Resource: "node class"}, name)
	}
	return found, nil
}

// cheapest is the type and offering of the lowest price, or of the first name among equals.
func cheapest(types []*cloudprovider.InstanceType, claim *v1.NodeClaim) (*cloudprovider.InstanceType, *cloudprovider.Offering) {
	asked := scheduling.NewNodeSelectorRequirementsWithMinValues(claim.Spec.Requirements...)
	var bought *cloudprovider.InstanceType
	var lowest *cloudprovider.Offering
	for _, one := range types {
		if !asked.Get(corev1.LabelInstanceTypeStable).Has(one.Name) || !resources.Fits(claim.Spec.Resources.Requests, one.Allocatable()) {
			continue
		}
		offering := one.Offerings.Available().Compatible(asked).Cheapest()
		if offering != nil && (lowest == nil || offering.Price < lowest.Price || offering.Price == lowest.Price && one.Name < bought.Name) {
			bought, lowest = one, offering
		}
	}
	return bought, lowest
}

// machine is the Node that the kubelet of a machine would register: Karpenter adds the claim's own taints.
func machine(claim *v1.NodeClaim, bought *cloudprovider.InstanceType, offering *cloudprovider.Offering) *corev1.Node {
	labels := maps.Clone(claim.Labels)
	for _, requirements := range []scheduling.Requirements{bought.Requirements, offering.Requirements} {
		for key, one := range requirements {
			if one.Operator() == corev1.NodeSelectorOpIn && one.Len() == 1 {
				labels[key] = one.Any()
			}
		}
	}
	labels[corev1.LabelHostname] = claim.Name
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: claim.Name, Labels: labels},
		Spec: corev1.NodeSpec{
			ProviderID: machinePrefix + claim.Name,
			Taints:     []corev1.Taint{v1.UnregisteredNoExecuteTaint},
		},
		Status: corev1.NodeStatus{
			Capacity:    offered(bought.Capacity, claim),
			Allocatable: offered(bought.Allocatable(), claim),
		},
	}
}

// offered leaves out a network interface of EFA that nobody asked for: it would be launched as an ordinary one.
func offered(list corev1.ResourceList, claim *v1.NodeClaim) corev1.ResourceList {
	found := maps.Clone(list)
	if _, asked := claim.Spec.Resources.Requests[efa]; !asked {
		delete(found, efa)
	}
	return found
}

// claimOf is what EC2 would say of a machine.
func claimOf(node *corev1.Node) *v1.NodeClaim {
	return &v1.NodeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name: node.Name, Labels: node.Labels, CreationTimestamp: node.CreationTimestamp, DeletionTimestamp: node.DeletionTimestamp,
		},
		Status: v1.NodeClaimStatus{
			ProviderID:  node.Spec.ProviderID,
			Capacity:    node.Status.Capacity,
			Allocatable: node.Status.Allocatable,
		},
	}
}

func nameOf(id string) string { return strings.TrimPrefix(id, machinePrefix) }
