package main

import (
	"slices"

	"github.com/awslabs/operatorpkg/status"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// What Karpenter, and what Auto Mode, assumes where a node class says nothing of disks.
var (
	defaultDisk     = resource.MustParse("20Gi")
	defaultAutoDisk = resource.MustParse("80Gi")
)

// NodeClassSpec is what the two kinds of node class say about a machine's disk; nothing else of them decides where a pod runs.
type NodeClassSpec struct {
	BlockDeviceMappings []struct {
		RootVolume bool `json:"rootVolume,omitempty"`
		EBS        struct {
			VolumeSize *resource.Quantity `json:"volumeSize,omitempty"`
		} `json:"ebs,omitzero"`
	} `json:"blockDeviceMappings,omitempty"`
	InstanceStorePolicy string `json:"instanceStorePolicy,omitempty"`
	EphemeralStorage    struct {
		Size *resource.Quantity `json:"size,omitempty"`
	} `json:"ephemeralStorage,omitzero"`
}

type nodeClass struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitzero"`
	Spec              NodeClassSpec `json:"spec,omitzero"`
	Status            struct {
		Conditions []status.Condition `json:"conditions,omitempty"`
	} `json:"status,omitzero"`
}

// EC2NodeClass is the self-managed Karpenter's (karpenter.k8s.aws), NodeClass EKS Auto Mode's (eks.amazonaws.com). They are only read.
type (
	EC2NodeClass struct {
		nodeClass `json:",inline"`
	}
	NodeClass struct {
		nodeClass `json:",inline"`
	}
	EC2NodeClassList struct {
		metav1.TypeMeta `json:",inline"`
		metav1.ListMeta `json:"metadata,omitzero"`
		Items           []EC2NodeClass `json:"items"`
	}
	NodeClassList struct {
		metav1.TypeMeta `json:",inline"`
		metav1.ListMeta `json:"metadata,omitzero"`
		Items           []NodeClass `json:"items"`
	}
)

// A class is one of the two kinds.
type class interface {
	status.Object
	disk() disk
}

// disk is the room that a node class gives to its machines: the volume's, or that of the machine's own disks where it has some.
type disk struct {
	volume string
	nvme   bool
}

func (in *nodeClass) GetConditions() []status.Condition { return in.Status.Conditions }

func (in *nodeClass) SetConditions(conditions []status.Condition) { in.Status.Conditions = conditions }

func (in *EC2NodeClass) StatusConditions(opts ...status.ForOption) status.ConditionSet {
	return status.NewReadyConditions().For(in, opts...)
}

func (in *NodeClass) StatusConditions(opts ...status.ForOption) status.ConditionSet {
	return status.NewReadyConditions().For(in, opts...)
}

func (in *EC2NodeClass) disk() disk {
	volume := defaultDisk
	for _, mapping := range in.Spec.BlockDeviceMappings {
		if mapping.RootVolume && mapping.EBS.VolumeSize != nil {
			volume = *mapping.EBS.VolumeSize
		}
	}
	return disk{volume: volume.String(), nvme: in.Spec.InstanceStorePolicy == "RAID0"}
}

// Auto Mode joins the machine's own disks by itself.
func (in *NodeClass) disk() disk {
	volume := defaultAutoDisk
	if size := in.Spec.EphemeralStorage.Size; size != nil {
		volume = *size
	}
	return disk{volume: volume.String(), nvme: true}
}

func (in *nodeClass) deepCopy() nodeClass {
	out := *in
	out.ObjectMeta = *in.ObjectMeta.DeepCopy()
	out.Spec.BlockDeviceMappings = slices.Clone(in.Spec.BlockDeviceMappings)
	out.Status.Conditions = slices.Clone(in.Status.Conditions)
	return out
}

func (in *EC2NodeClass) DeepCopyObject() runtime.Object { return &EC2NodeClass{in.deepCopy()} }

func (in *NodeClass) DeepCopyObject() runtime.Object { return &NodeClass{in.deepCopy()} }

func (in *EC2NodeClassList) DeepCopyObject() runtime.Object {
	out := *in
	out.Items = make([]EC2NodeClass, len(in.Items))
	for i := range in.Items {
		out.Items[i].nodeClass = in.Items[i].deepCopy()
	}
	return &out
}

func (in *NodeClassList) DeepCopyObject() runtime.Object {
	out := *in
	out.Items = make([]NodeClass, len(in.Items))
	for i := range in.Items {
		out.Items[i].nodeClass = in.Items[i].deepCopy()
	}
	return &out
}

func init() {
	for group, kinds := range map[string][]runtime.Object{
		selfManaged: {&EC2NodeClass{}, &EC2NodeClassList{}},
		autoMode:    {&NodeClass{}, &NodeClassList{}},
	} {
		version := schema.GroupVersion{Group: group, Version: "v1"}
		metav1.AddToGroupVersion(scheme.Scheme, version)
		scheme.Scheme.AddKnownTypes(version, kinds...)
	}
}
