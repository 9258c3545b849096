"""Are files and functions short enough to be read in one go?"""

from tests.arch.source import ROOT, Finding, Source, functions, plant, report, sources

PRODUCT_LIMITS = (400, 50)
TEST_LIMITS = (800, 100)


def too_long(tree: list[Source], limits: tuple[int, int]) -> list[Finding]:
    """Files and functions over the limits; a function counts from `def` to its last line."""
    file_limit, function_limit = limits
    found = []
    for source in tree:
        lines = len(source.text.splitlines())
        if lines > file_limit:
            found.append(Finding(source.path, lines, f"has {lines} lines of {file_limit}"))
        for function in functions(source):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > function_limit:
                what = f"{function.name}() has {length} lines of {function_limit}"
                found.append(source.find(function, what))
    return found


def test_the_product_is_short() -> None:
    assert not (found := too_long(sources(), PRODUCT_LIMITS)), report(found)


def test_the_tests_are_short() -> None:
    assert not (found := too_long(sources(ROOT, ("tests",)), TEST_LIMITS)), report(found)


def test_long_files_and_functions_are_caught() -> None:
    long_function = "def f():\n" + "    x = 1\n" * 50
    assert too_long(plant(long_function), PRODUCT_LIMITS)
    assert too_long(plant("async " + long_function), PRODUCT_LIMITS)
    assert too_long(plant("x = 1\n" * 401), PRODUCT_LIMITS)
    assert not too_long(plant("def f():\n" + "    x = 1\n" * 49), PRODUCT_LIMITS)
    assert not too_long(plant("x = 1\n" * 400), PRODUCT_LIMITS)
