# METADATA
# title: What holds data goes only when somebody confirms it
# description: >-
#   Namespaces, disks, databases, buckets and workspaces. Argo CD then waits for a person; everything else is pruned
#   automatically.
# custom:
#   severity: error
#   why: >-
#     A renamed component, or one deleted file in Git, would take the database with it.
#   fix: >-
#     Annotate it with argocd.argoproj.io/sync-options: Delete=confirm,Prune=confirm.
package rules.unconfirmed_prune

_holding := {
	["", "Namespace"], ["", "PersistentVolumeClaim"], ["postgresql.cnpg.io", "Cluster"], ["s3.services.k8s.aws", "Bucket"],
	["rds.services.k8s.aws", "DBInstance"], ["rds.services.k8s.aws", "DBCluster"], ["prometheusservice.services.k8s.aws", "Workspace"],
	["opensearchservice.services.k8s.aws", "Domain"], ["elasticache.services.k8s.aws", "ReplicationGroup"], ["milvus.io", "Milvus"],
	["kms.services.k8s.aws", "Key"], ["ecr.services.k8s.aws", "Repository"], ["apiextensions.k8s.io", "CustomResourceDefinition"],
}

deny contains {"msg": sprintf("%s %s would be %sd without asking", [input.kind, input.metadata.name, lower(option)]), "pointer": ["metadata", "name"]} if {
	[_group, input.kind] in _holding
	some option in ["Delete", "Prune"]
	options := object.get(input.metadata, ["annotations", "argocd.argoproj.io/sync-options"], "")
	not _asks(options, option)
}

_group := split(input.apiVersion, "/")[0] if contains(input.apiVersion, "/")

_group := "" if not contains(input.apiVersion, "/")

_asks(options, option) if {
	some each in split(options, ",")
	trim_space(each) in {sprintf("%s=confirm", [option]), sprintf("%s=false", [option])}
}
