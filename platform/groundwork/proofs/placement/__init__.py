"""Placement: every pod lands on a machine that somebody would buy for it, or a finding says why not.

A model of how Karpenter (sigs.k8s.io/karpenter v1.14.1, read 2026-11-21) decides, one module per part of it: `requirements` the
algebra of labels, `taints`, `machines` what can be bought, `pools` who buys, `pod` who asks, `topology` what pods want of each
other, `claims` a machine about to be bought, `fleet` the decision. `homes` asks it for the pods of a cluster; `check` judges.
"""
