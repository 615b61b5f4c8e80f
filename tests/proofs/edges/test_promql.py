"""PromQL: expressions are read with the grammar of Prometheus, whatever they hold."""

from __future__ import annotations

import pytest

from groundwork.proofs.edges import promql


def test_every_selector_is_found_with_its_conditions_and_its_function() -> None:
    """On both sides of an operator, inside calls and aggregations."""
    query = promql.read(
        'sum by (job) (rate(a_total{code=~"5..", job!="x"}[5m])) / on (job) {__name__="b"} > topk(3, c)'
    )

    assert [(one.name, one.function) for one in query.selectors] == [("a_total", "rate"), ("b", ""), ("c", "")]
    assert [str(one) for one in query.selectors[0].matchers] == ['code=~"5.."', 'job!="x"']


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "no expression"),
        ("sum(up", "unclosed left parenthesis"),
        ("rate(up)", "expected type matrix"),
        ('up{job=~"("}', "illegal regex"),
        ("(" * 100_000 + "up" + ")" * 100_000, "more than can be read"),
        ("up" + "+up" * 5_000, "more than can be read"),
    ],
)
def test_what_is_not_promql_is_refused(expression: str, says: str) -> None:
    """With the parser's own reason; what would exhaust its stack is not given to it."""
    with pytest.raises(ValueError, match=says):
        promql.read(expression)


def test_brackets_in_a_pattern_are_no_nesting() -> None:
    """A long list of names in one condition is common in dashboards."""
    names = "|".join(f"(pod-{index})" for index in range(500))

    assert promql.read(f'up{{pod=~"{names}"}}').selectors[0].name == "up"


@pytest.mark.parametrize(
    ("expression", "compared"),
    [
        ("cache > 0.9", [("cache", ">", 0.9)]),
        ("0.9 < cache", [("cache", "<", 0.9)]),
        ("max by (pod) (avg_over_time(cache[5m])) >= bool 80", [("cache", ">=", 80)]),
        ("quantile_over_time(0.9, cache[1h]) > 1 and up == 0", [("cache", ">", 1), ("up", "==", 0)]),
        ("max_over_time(max(cache)[1h:1m]) > 2", [("cache", ">", 2)]),
        ("sum(cache) > 80", []),
        ("100 * cache > 80", []),
        ("rate(requests_total[5m]) > 80", []),
        ("cache > other", []),
    ],
)
def test_a_comparison_is_one_of_the_series_own_values(expression: str, compared: list[tuple[str, str, float]]) -> None:
    """The greatest value of a ratio is a ratio; a sum or a product is not."""
    assert [(one.name, one.operator, one.number) for one in promql.read(expression).comparisons] == compared


@pytest.mark.parametrize(
    ("expression", "lost"),
    [
        ("histogram_quantile(0.9, rate(a_bucket[5m]))", ()),
        ("histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))", ()),
        ("histogram_quantile(0.9, sum without (pod) (rate(a_bucket[5m])))", ()),
        ("histogram_quantile(0.9, topk(3, rate(a_bucket[5m])))", ()),
        ("histogram_quantile(0.9, sum by (pod) (rate(a_bucket[5m])))", ("a_bucket",)),
        ("histogram_quantile(0.9, sum without (le) (rate(a_bucket[5m])))", ("a_bucket",)),
        ("histogram_quantile(0.9, sum(rate(a_bucket[5m])))", ("a_bucket",)),
        ("sum(rate(a_bucket[5m]))", ()),
    ],
)
def test_a_quantile_needs_the_bounds_of_its_buckets(expression: str, lost: tuple[str, ...]) -> None:
    """An aggregation that drops `le` leaves nothing to take a quantile of."""
    assert promql.read(expression).without_le == lost


@pytest.mark.parametrize(
    ("operator", "pattern", "value", "takes"),
    [
        ("=", "a.", "a.", True),
        ("=", "a.", "ab", False),
        ("!=", "a", "b", True),
        ("=~", "a.", "ab", True),
        ("=~", "a.", "abc", False),
        ("=~", "(a+)+b", "a" * 10_000, False),
        ("!~", "a.", "ab", False),
        ("!~", "a.", "b", True),
    ],
)
def test_a_condition_takes_values_as_prometheus_does(operator: str, pattern: str, value: str, *, takes: bool) -> None:
    """Patterns are anchored at both ends, and take linear time."""
    assert promql.Matcher(label="pod", operator=operator, value=pattern).takes(value) is takes
