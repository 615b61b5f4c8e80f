# METADATA
# description: >-
#   The one question that conftest asks of a whole tree. Asking per rule and object takes seconds for a thousand objects,
#   this takes a quarter of one. A rule sees one object as `input`, and what it may know of the object's cluster as
#   `data.cluster`.
package main

deny contains finding if {
	some index, document in input.documents
	some rule
	some denial in data.rules[rule].deny with input as document.object
		with data.cluster as input.clusters[document.cluster]
	finding := object.union(denial, {"rule": rule, "document": index})
}
