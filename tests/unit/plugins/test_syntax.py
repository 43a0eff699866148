"""A module as text that is the same under every version of Python."""

from __future__ import annotations

from pathlib import Path

from emobench.plugins import _syntax


def test_every_version_of_python_gives_the_same_text(tmp_path: Path) -> None:
    # Written down from 3.11, 3.12 and 3.13, between which ast.dump and ast.unparse differ for such a source.
    source = 'def f(a, *, b=1.5, **rest):\n    "doc"\n    return f"{a!r:>{b}} {rest[\'k\']}" + b"t".decode()\n'
    path = tmp_path / "one.py"
    path.write_text(source, encoding="utf-8")
    assert _syntax.parsed(path, "one").filled(str) == (
        "Module(body=[FunctionDef(name='f', args=arguments(args=[arg(arg='a')], kwonlyargs=[arg(arg='b')], "
        "kw_defaults=[Constant(value=1.5)], kwarg=arg(arg='rest')), body=[Return(value=BinOp(left=JoinedStr(values=["
        "FormattedValue(value=Name(id='a'), conversion=114, format_spec=JoinedStr(values=[Constant(value='>'), "
        "FormattedValue(value=Name(id='b'), conversion=-1)])), Constant(value=' '), "
        "FormattedValue(value=Subscript(value=Name(id='rest'), slice=Constant(value='k')), conversion=-1)]), op=Add(), "
        "right=Call(func=Attribute(value=Constant(value=b't'), attr='decode'))))])])"
    )
