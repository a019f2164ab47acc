"""What Spark plans for a query."""

BY_KEY = {"SortMergeJoin", "ShuffledHashJoin", "BroadcastHashJoin"}


def _nodes(plan):
    yield plan
    children = plan.children()
    for place in range(children.size()):
        yield from _nodes(children.apply(place))


def check_plan(query):
    """Asserts that members are joined by the subject as a key, and that a loop has at most one row inside."""
    plan = query._jdf.queryExecution().sparkPlan()
    by_subject = 0
    for node in _nodes(plan):
        name = node.nodeName()
        assert name != "CartesianProduct", node.toString()
        if name == "BroadcastNestedLoopJoin":
            most = node.right().logicalLink().get().maxRows()
            assert most.isDefined() and most.get() <= 1, f"a loop over rows\n{node.toString()}"
        elif name in BY_KEY:
            keys = [keys.apply(0).toString().split("#")[0] for keys in [node.leftKeys(), node.rightKeys()]]
            by_subject += keys == ["subject", "subject"]
    # Once for the first subject of a record, and once for the others.
    assert by_subject == 2, f"members are joined by the subject {by_subject} times\n{plan.toString()}"
    print("Spark joins members by the subject as a key, and loops over one row at most")
