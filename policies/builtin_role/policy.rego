# METADATA
# title: People get roles of ours, not the built-in ones
# description: >-
#   The built-in ClusterRoles grow with every operator that aggregates into them. An MCP server of one target design was
#   bound to edit, a viewers' group to an admin policy.
# custom:
#   severity: error
#   why: >-
#     admin and edit read every Secret of the namespace and exec into its pods; cluster-admin is everything.
#   fix: >-
#     Bind agent-admin, agent-operator or agent-viewer.
package rules.builtin_role

deny contains {"msg": sprintf("%s is bound to the built-in role %s", [concat(", ", [subject.name | some subject in input.subjects]), input.roleRef.name]), "pointer": ["roleRef", "name"]} if {
	input.kind in {"RoleBinding", "ClusterRoleBinding"}
	input.roleRef.kind == "ClusterRole"
	input.roleRef.name in {"admin", "edit", "cluster-admin"}
}

deny contains {"msg": sprintf("everybody is bound to %s", [input.roleRef.name]), "pointer": ["subjects", index, "name"]} if {
	input.kind in {"RoleBinding", "ClusterRoleBinding"}
	some index, subject in input.subjects
	subject.name in {"system:authenticated", "system:unauthenticated", "system:anonymous", "system:serviceaccounts"}
}
