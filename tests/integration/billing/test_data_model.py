"""The picture of the tables is that of the tables."""

from scripts import data_model


def test_the_picture_is_current(database_url: str) -> None:
    page = data_model.PAGE.read_text(encoding="utf-8")
    drawn = data_model.page_with(data_model.picture(database_url), page)
    assert drawn == page, "docs/data-model.md is not current: run `make data-model`"
