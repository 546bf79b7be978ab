"""What is written into plans, or shown to be pasted, is what TOML reads."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.toml_text import toml_key, toml_text, toml_texts

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_text_and_a_key_are_read_as_they_were(text):
    assert tomllib.loads(f"{toml_key(text)} = {toml_text(text)}") == {text: text}


@given(st.lists(TEXTS).map(tuple))
def test_a_list_is_read_as_it_was(texts):
    assert tomllib.loads(f"texts = {toml_texts(texts)}") == {"texts": [*texts]}


@pytest.mark.parametrize("name", ["bugs", "my-table_2", "0"])
def test_an_ordinary_name_is_a_bare_key(name):
    assert toml_key(name) == name
