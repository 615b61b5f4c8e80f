package rules.public_endpoint_test

import data.rules.public_endpoint

_domain(spec) := {"apiVersion": "opensearchservice.services.k8s.aws/v1alpha1", "kind": "Domain", "spec": spec}

test_denies_a_public_api if count(public_endpoint.deny) == 1 with input as {"kind": "ClusterConfig", "apiVersion": "eksctl.io/v1alpha5", "vpc": {"clusterEndpoints": {"publicAccess": true}}}

test_denies_a_public_search_domain if {
	everybody := json.marshal({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*"}]})
	count(public_endpoint.deny) == 2 with input as _domain({"accessPolicies": everybody})
}

test_allows_private_ones if {
	count(public_endpoint.deny) == 0 with input as {"kind": "ClusterConfig", "apiVersion": "eksctl.io/v1alpha5", "vpc": {"clusterEndpoints": {"publicAccess": false}}}
	count(public_endpoint.deny) == 0 with input as _domain({"vpcOptions": {"subnetIDs": ["subnet-1"]}})
}
