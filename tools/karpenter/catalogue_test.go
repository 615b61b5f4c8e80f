package main

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
)

func sold() *Catalogue {
	sell := func(name string, price float64, nvme string) Machine {
		return Machine{
			Name:     name,
			Arch:     "amd64",
			Labels:   map[string][]string{"instance-family": {name[:2]}},
			Capacity: list("4", "8Gi", "1"),
			Overhead: list("100m", "1Gi", "0"),
			NVMe:     nvme,
			Prices:   map[string]float64{"on-demand": price, "spot": price / 2},
		}
	}
	return &Catalogue{
		Domain: selfManaged,
		Region: "us-east-1",
		Zones:  []string{"us-east-1a", "us-east-1b"},
		Types:  []Machine{sell("c5.xlarge", 3, ""), sell("m5.xlarge", 2, ""), sell("m5d.xlarge", 2, "100G")},
	}
}

func list(cpu, memory, efas string) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory), efa: resource.MustParse(efas),
	}
}

func claim(capacityType string, types ...string) *v1.NodeClaim {
	asked := func(key string, values ...string) v1.NodeSelectorRequirementWithMinValues {
		return v1.NodeSelectorRequirementWithMinValues{Key: key, Operator: corev1.NodeSelectorOpIn, Values: values}
	}
	made := &v1.NodeClaim{}
	made.Name = "claim"
	made.Labels = map[string]string{"team": "a"}
	made.Spec.Requirements = []v1.NodeSelectorRequirementWithMinValues{
		asked(corev1.LabelInstanceTypeStable, types...), asked(v1.CapacityTypeLabelKey, capacityType),
	}
	return made
}

func TestWhatAPodMayHaveIsCapacityLessOverhead(t *testing.T) {
	one := sold().instanceTypes(disk{volume: "80Gi"})[0]

	left := one.Allocatable()
	if cpu := left.Cpu().MilliValue(); cpu != 3900 {
		t.Errorf("%d millicores are left of 4 cores", cpu)
	}
	if room := left.StorageEphemeral(); room.Value() != (80<<30)*9/10-1<<30 {
		t.Errorf("%s is left of 80Gi", room)
	}
}

func TestAMachinesOwnDisksCountWhereTheNodeClassJoinsThem(t *testing.T) {
	joined := sold().instanceTypes(disk{volume: "80Gi", nvme: true})

	for i, want := range []string{"80Gi", "80Gi", "100G"} {
		if room := joined[i].Capacity[corev1.ResourceEphemeralStorage]; room.Cmp(resource.MustParse(want)) != 0 {
			t.Errorf("%s has a disk of %s", joined[i].Name, room.String())
		}
	}
}

func TestALabelThatAMachineLacksDoesNotExistOnIt(t *testing.T) {
	one := sold().instanceTypes(disk{volume: "80Gi"})[0]

	if found := one.Requirements.Get("karpenter.k8s.aws/instance-gpu-name").Operator(); found != corev1.NodeSelectorOpDoesNotExist {
		t.Errorf("a machine without GPUs has a GPU's name: %s", found)
	}
}

func TestTheCheapestOfWhatAClaimNamesIsBought(t *testing.T) {
	types := sold().instanceTypes(disk{volume: "80Gi"})
	for _, test := range []struct {
		claim *v1.NodeClaim
		name  string
		price float64
	}{
		{claim("on-demand", "c5.xlarge", "m5.xlarge", "m5d.xlarge"), "m5.xlarge", 2},
		{claim("spot", "c5.xlarge"), "c5.xlarge", 1.5},
		{claim("reserved", "c5.xlarge"), "", 0},
	} {
		bought, offering := cheapest(types, test.claim)
		if bought == nil {
			if test.name != "" {
				t.Errorf("nothing is bought, not %s", test.name)
			}
		} else if bought.Name != test.name || offering.Price != test.price {
			t.Errorf("%s is bought at %f, not %s at %f", bought.Name, offering.Price, test.name, test.price)
		}
	}
}

func TestANodeHasItsMachinesLabelsAndTheClaims(t *testing.T) {
	types := sold().instanceTypes(disk{volume: "80Gi"})
	node := nodeOf(t, types, claim("spot", "m5.xlarge"))

	for label, want := range map[string]string{
		"team": "a", "karpenter.k8s.aws/instance-family": "m5", v1.CapacityTypeLabelKey: "spot", corev1.LabelArchStable: "amd64",
	} {
		if found := node.Labels[label]; found != want {
			t.Errorf("%s is %q, not %q", label, found, want)
		}
	}
}

func TestNetworkInterfacesOfEFAAreThereForWhomAsksForThem(t *testing.T) {
	types := sold().instanceTypes(disk{volume: "80Gi"})
	without, with := claim("spot", "m5.xlarge"), claim("spot", "m5.xlarge")
	with.Spec.Resources.Requests = corev1.ResourceList{efa: resource.MustParse("1")}

	if _, found := nodeOf(t, types, without).Status.Allocatable[efa]; found {
		t.Error("nobody asked for one")
	}
	if _, found := nodeOf(t, types, with).Status.Allocatable[efa]; !found {
		t.Error("one was asked for")
	}
}

func nodeOf(t *testing.T, types []*cloudprovider.InstanceType, of *v1.NodeClaim) *corev1.Node {
	t.Helper()
	bought, offering := cheapest(types, of)
	if bought == nil {
		t.Fatal("nothing is bought")
	}
	return machine(of, bought, offering)
}
