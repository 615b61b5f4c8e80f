"""A thin layer over cdk8s: what a component needs to say what it runs, and nothing that hides Kubernetes.

`component.Component` is the base of everything in components/; `workload` gives every workload what each needs;
asking for an `endpoint` opens the path to it, and `network` turns the paths into policies.
"""
