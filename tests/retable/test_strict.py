"""`check --strict`: prose and identifiers, each of a rule of its own and never edited."""

import pytest


@pytest.mark.parametrize(
    ("name", "contents", "found"),
    [
        pytest.param("a.py", "# All orders.\n", ["1:7 RT009"], id="a comment"),
        pytest.param("a.py", '"""All orders."""\n', ["1:8 RT009"], id="a docstring"),
        pytest.param(
            "a.py", 'def f():\n    r"""One.\n\n    Of orders."""\n', ["4:8 RT009"], id="a long one"
        ),
        pytest.param("a.py", "orders = 1\n", ["1:1 RT010"], id="a name"),
        pytest.param("a.py", "x.load_orders(1)\n", ["1:3 RT010"], id="among its words"),
        pytest.param("a.py", "class OrdersView:\n    pass\n", ["1:7 RT010"], id="with humps"),
        pytest.param("a.py", "reorders = borders = 1\n", [], id="a longer word"),
        pytest.param("a.py", 'print("no orders today")\n', [], id="a message"),
        pytest.param("a.py", 'x = f(a)["orders"]\n', [], id="a key"),
        pytest.param("a.py", "# It was users.db.\n", ["1:10 RT009"], id="a file"),
        pytest.param("a.sql", "-- all orders\nSELECT 1;\n", ["1:8 RT009"], id="SQL"),
        pytest.param("a.toml", "# of orders\nx = 1\n", ["1:6 RT009"], id="TOML"),
        pytest.param("a.toml", 'x = "# of orders"\n', [], id="a string of TOML"),
        pytest.param("a.py", "# All orders.  # retable: ignore[prose]\n", [], id="ignored"),
        pytest.param("a.py", "orders = 1  # retable: ignore[identifier]\n", [], id="ignored name"),
        pytest.param(
            "a.py", '"""All.\n\nOf orders.\n"""  # retable: ignore[prose] so\n', [], id="at the end"
        ),
        pytest.param("a.py", "x = 1  # retable: ignore[prose] orders\n", ["RT006"], id="a reason"),
    ],
)
def test_what_is_found(shop, name, contents, found):
    assert shop.retable("apply").status == 0
    shop.write("shop/orders.py", "x = 1\n")
    shop.write("shop/users.py", "x = 1\n")
    shop.write(name, contents)
    said = shop.retable("check", "--strict")
    lines = [it.replace(f"{name}:", "").replace(": RT", " RT") for it in said.out.splitlines()]
    assert len(lines) == len(found), said.out
    assert all(one in line for one, line in zip(found, lines, strict=True)), said.out
    assert said.status == (1 if found else 0)
    assert shop.retable("apply").status == 0
    assert shop.read(name) == contents


def test_it_says_what_it_is_called_now(shop):
    shop.write("a.py", "# notes and orders\n")
    out = shop.retable("check", "--strict").out
    assert "a.py:1:3: RT009 notes in prose (shop_note or user_note now)\n" in out
    assert "a.py:1:13: RT009 orders in prose (shop_order now)\n" in out


def test_what_is_a_reference_is_not_said_twice(shop):
    shop.write("a.sql", "SELECT 1 FROM orders; -- of orders\n")
    out = [it for it in shop.retable("check", "--strict").out.splitlines() if it[:5] == "a.sql"]
    assert [it.split(" ")[1] for it in out] == ["RT001", "RT009"]


def test_without_it_nothing_of_the_kind_is_said(shop):
    assert shop.retable("apply").status == 0
    shop.write("a.py", "# All orders.\norders = 1\n")
    assert shop.retable("check").out == ""


def test_what_is_new_elsewhere_is_no_old_name(shop):
    plan = shop.read("retable.toml").replace('to = "shop_note"', 'to = "users"')
    shop.write("retable.toml", plan)
    shop.write("a.py", "users = 1  # all users\n")
    assert "a.py" not in shop.retable("check", "--strict").out
