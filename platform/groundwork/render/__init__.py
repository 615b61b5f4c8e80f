"""From declarations to a tree: a cdk8s app per cluster, a chart per component, and files that Argo CD can sync.

`synth` is the way in. It renders only what changed, and what it leaves out is provably what a cold run would write.
"""
