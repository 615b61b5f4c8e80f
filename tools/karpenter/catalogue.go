package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/scheduling"
)

// The two dialects: the domain of the labels of a machine, which is also the group of its node class.
const (
	selfManaged = "karpenter.k8s.aws"
	autoMode    = "eks.amazonaws.com"
)

// Labels that the AWS provider knows of every machine, without their domain. One that a machine lacks does not exist on it;
// one that is not listed here is unknown, which to Karpenter is something else.
var instanceLabels = []string{
	"instance-accelerator-count", "instance-accelerator-manufacturer", "instance-accelerator-name",
	"instance-capability-flex", "instance-category", "instance-cpu", "instance-cpu-manufacturer",
	"instance-cpu-sustained-clock-speed-mhz", "instance-ebs-bandwidth", "instance-encryption-in-transit-supported",
	"instance-family", "instance-generation", "instance-gpu-count", "instance-gpu-manufacturer", "instance-gpu-memory",
	"instance-gpu-name", "instance-hypervisor", "instance-local-nvme", "instance-memory", "instance-network-bandwidth",
	"instance-size", "instance-tenancy", "capacity-reservation-id", "capacity-reservation-type",
	"capacity-reservation-interruptible", "placement-group-id", "placement-group-partition",
}

// Catalogue is the file that the tests write: what can be bought, and where.
type Catalogue struct {
	Domain string    `json:"domain"`
	Region string    `json:"region"`
	Zones  []string  `json:"zones"`
	Types  []Machine `json:"types"`

	// Instance types by what their disk is, which the node class says.
	byDisk sync.Map
}

// Machine is one instance type: labels without their domain, what pods cannot have of its capacity, $ an hour by capacity type.
type Machine struct {
	Name     string              `json:"name"`
	Arch     string              `json:"arch"`
	Labels   map[string][]string `json:"labels"`
	Capacity corev1.ResourceList `json:"capacity"`
	Overhead corev1.ResourceList `json:"overhead"`
	NVMe     string              `json:"nvme"`
	Prices   map[string]float64  `json:"prices"`
}

func readCatalogue(path string) (*Catalogue, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue, %w", err)
	}
	catalogue := &Catalogue{}
	if err := json.Unmarshal(content, catalogue); err != nil {
		return nil, fmt.Errorf("reading the catalogue %s, %w", path, err)
	}
	if catalogue.Domain != selfManaged && catalogue.Domain != autoMode {
		return nil, fmt.Errorf("the catalogue %s speaks of %q", path, catalogue.Domain)
	}
	return catalogue, nil
}

// register tells Karpenter what the AWS provider tells it: which labels it may take for known, and what else a machine may hold.
func (c *Catalogue) register() {
	cloudprovider.ReservationIDLabel = c.label("capacity-reservation-id")
	cloudprovider.ReservedCapacityLabels.Insert(c.label("capacity-reservation-id"), c.label("capacity-reservation-type"))
	v1.RestrictedLabelDomains.Insert(c.Domain)
	for _, label := range instanceLabels {
		v1.WellKnownLabels.Insert(c.label(label))
	}
	v1.WellKnownLabels.Insert("topology.k8s.aws/zone-id")
	if c.Domain == autoMode {
		v1.WellKnownLabels.Insert(c.label("compute-type"))
	}
	v1.WellKnownValuesForRequirements[c.label("instance-tenancy")] = sets.New("default", "dedicated")
	v1.WellKnownResources.Insert(
		"vpc.amazonaws.com/pod-eni", "aws.amazon.com/neuron", "aws.amazon.com/neuroncore", "habana.ai/gaudi", "vpc.amazonaws.com/efa",
	)
}

func (c *Catalogue) label(name string) string { return c.Domain + "/" + name }

// instanceTypes are the machines with the disks of a node class.
func (c *Catalogue) instanceTypes(of disk) []*cloudprovider.InstanceType {
	if found, ok := c.byDisk.Load(of); ok {
		return found.([]*cloudprovider.InstanceType)
	}
	made := make([]*cloudprovider.InstanceType, 0, len(c.Types))
	for _, machine := range c.Types {
		made = append(made, c.instanceType(machine, of))
	}
	found, _ := c.byDisk.LoadOrStore(of, made)
	return found.([]*cloudprovider.InstanceType)
}

func (c *Catalogue) instanceType(machine Machine, of disk) *cloudprovider.InstanceType {
	room := of.volume
	if of.nvme && machine.NVMe != "" {
		room = machine.NVMe
	}
	storage := resource.MustParse(room)
	capacity := maps.Clone(machine.Capacity)
	capacity[corev1.ResourceEphemeralStorage] = storage
	overhead := maps.Clone(machine.Overhead)
	// A GiB for the kubelet, and a tenth before it evicts.
	overhead[corev1.ResourceEphemeralStorage] = *resource.NewQuantity(1<<30+storage.Value()/10, resource.BinarySI)
	return &cloudprovider.InstanceType{
		Name:         machine.Name,
		Requirements: c.requirements(machine),
		Offerings:    c.offerings(machine),
		Capacity:     capacity,
		Overhead:     &cloudprovider.InstanceTypeOverhead{KubeReserved: overhead},
	}
}

func (c *Catalogue) requirements(machine Machine) scheduling.Requirements {
	found := scheduling.NewRequirements(
		in(corev1.LabelInstanceTypeStable, machine.Name),
		in(corev1.LabelArchStable, machine.Arch),
		in(corev1.LabelOSStable, string(corev1.Linux)),
		in(corev1.LabelTopologyZone, c.Zones...),
		in(corev1.LabelTopologyRegion, c.Region),
		absent(corev1.LabelWindowsBuild),
		in(v1.CapacityTypeLabelKey, slices.Sorted(maps.Keys(machine.Prices))...),
	)
	for _, name := range instanceLabels {
		if values := machine.Labels[name]; len(values) > 0 {
			found.Add(in(c.label(name), values...))
		} else {
			found.Add(absent(c.label(name)))
		}
	}
	if c.Domain == autoMode {
		found.Add(in(c.label("compute-type"), "auto"))
	}
	return found
}

// offerings are sold in every zone alike: which zone is short of what, nobody knows beforehand.
func (c *Catalogue) offerings(machine Machine) cloudprovider.Offerings {
	var found cloudprovider.Offerings
	for _, zone := range c.Zones {
		for capacityType, price := range machine.Prices {
			found = append(found, &cloudprovider.Offering{
				Requirements: scheduling.NewRequirements(
					in(v1.CapacityTypeLabelKey, capacityType),
					in(corev1.LabelTopologyZone, zone),
					absent(c.label("capacity-reservation-id")),
					absent(c.label("capacity-reservation-type")),
					absent(c.label("capacity-reservation-interruptible")),
				),
				Price:     price,
				Available: true,
			})
		}
	}
	return found
}

func in(label string, values ...string) *scheduling.Requirement {
	return scheduling.NewRequirement(label, corev1.NodeSelectorOpIn, values...)
}

func absent(label string) *scheduling.Requirement {
	return scheduling.NewRequirement(label, corev1.NodeSelectorOpDoesNotExist)
}
