"""Functions: what Kubernetes adds to CEL is there and means the same."""

from __future__ import annotations

import pytest

from groundwork.proofs.apiserver.rules import violations
from groundwork.proofs.apiserver.shapes import custom_shape


@pytest.mark.parametrize(
    "holds",
    [
        "quantity('1Gi') == quantity('1024Mi')",
        "quantity('500m').isLessThan(quantity('1')) && quantity('2').isGreaterThan(quantity('1999m'))",
        "quantity('1').compareTo(quantity('1')) == 0 && quantity('-1').sign() == -1",
        "quantity('2k').asInteger() == 2000 && !quantity('1500m').isInteger()",
        "quantity('1500m').asApproximateFloat() == 1.5",
        "quantity('1').add(quantity('500m')).sub(1) == quantity('0.5')",
        "isQuantity('64Gi') && !isQuantity('64GB')",
        "isURL('https://a.example/b') && isURL('/b') && !isURL('a b')",
        "url('https://a.example:8443/b?c=1&c=2').getHost() == 'a.example:8443'",
        "url('https://a.example:8443').getHostname() == 'a.example' && url('https://a.example').getPort() == ''",
        "url('https://a.example/b?c=1').getScheme() == 'https' && url('/b?c=1').getEscapedPath() == '/b'",
        "url('/b?c=1&c=2').getQuery() == {'c': ['1', '2']}",
        "isIP('::1') && !isIP('1.2.3') && ip('0:0::1') == ip('::1') && ip('::1').family() == 6",
        "ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified() && ip('169.254.1.1').isLinkLocalUnicast()",
        "ip('8.8.8.8').isGlobalUnicast() && ip('224.0.0.1').isLinkLocalMulticast() && ip.isCanonical('::1')",
        "isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0') && cidr('10.0.0.0/8').prefixLength() == 8",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP('11.0.0.0')",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.0.0.0/16').containsCIDR('10.0.0.0/8')",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
        "'a-12-b-3'.find('[0-9]+') == '12' && 'abc'.find('[0-9]+') == ''",
        "'a-12-b-3'.findAll('[0-9]+') == ['12', '3'] && 'a1b2'.findAll('[0-9]', 1) == ['1']",
        "matches('abc', '^[a-c]+$') && 'abc'.matches('b') && !'abc'.matches('^b')",
        "[1, 2, 3].isSorted() && !['b', 'a'].isSorted() && [1, 2].sum() == 3",
        "'a,b'.split(',')[1] == 'b' && 'abcabc'.lastIndexOf('b') == 4 && 'abc'.substring(1, 2) == 'b'",
        "sets.contains([1, 2], [1]) && ' a '.trim() == 'a' && 'A'.lowerAscii() == 'a'",
    ],
)
def test_a_function_means_what_it_means_in_kubernetes(holds: str) -> None:
    """The statement holds, and its opposite is a fault."""
    schema = {
        "type": "integer",
        "x-kubernetes-validations": [{"rule": holds}, {"rule": f"!({holds})", "message": "no"}],
    }

    faults = list(violations(1, custom_shape(schema)))

    assert [one.problem for one in faults] == ["the object: no"]
