"""Each setting is checked at the start, and a wrong one is told in one Chinese sentence."""

from pathlib import Path

import pytest

from bot.settings import BadSetting, from_values, load, read_env_file


def test_without_settings_everything_has_a_default(tmp_path: Path) -> None:
    settings = from_values({}, tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.database_url is None
    assert settings.data_dir == tmp_path / ".data"
    assert 1 <= settings.workers <= 4
    assert (settings.environment, settings.log_level) == ("demo", "info")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("PORT", "8080.5"),
        ("PORT", "８０８０"),
        ("HOST", "not a host"),
        ("WORKERS", "0"),
        ("WORKERS", "65"),
        ("WORKERS", "two"),
        ("XIAOSHUI_ENV", "staging"),
        ("LOG_LEVEL", "loud"),
        ("PUBLIC_URL", "kefu.example.com"),
        ("PUBLIC_URL", "ftp://kefu.example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://kefu.example.com:x"),
        ("DATABASE_URL", "mysql://u@h/db"),
        ("DATABASE_URL", "postgresql://"),
        ("DATABASE_URL", "postgresql://u@h:port/db"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        from_values({name: value})
    sentence = str(refused.value)
    assert sentence.startswith(name)
    assert sentence.endswith("。")
    assert "\n" not in sentence


def test_a_refused_database_address_does_not_show_its_password() -> None:
    with pytest.raises(BadSetting) as refused:
        from_values({"DATABASE_URL": "mysql://water:hunter2@db/water"})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("PORT", " 9090 ", "port", 9090),
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("HOST", "::1", "host", "::1"),
        ("WORKERS", "3", "workers", 3),
        ("XIAOSHUI_ENV", "Production", "environment", "production"),
        ("LOG_LEVEL", "DEBUG", "log_level", "debug"),
        ("PUBLIC_URL", "https://kefu.example.com/", "public_url", "https://kefu.example.com"),
        ("DATABASE_URL", "postgres://u:p@h:5432/db", "database_url", "postgresql://u:p@h:5432/db"),
        ("DATABASE_URL", "postgresql://u@/db?host=/run", "database_url",
         "postgresql://u@/db?host=/run"),
        ("DATABASE_URL", "", "database_url", None),
    ],
)  # fmt: skip
def test_a_right_value_is_taken(name: str, value: str, attribute: str, expected: object) -> None:
    assert getattr(from_values({name: value}), attribute) == expected


def test_the_public_url_follows_the_port() -> None:
    assert from_values({"PORT": "9999"}).public_url == "http://127.0.0.1:9999"


def test_a_relative_data_folder_lies_in_the_project(tmp_path: Path) -> None:
    assert from_values({"DATA_DIR": "elsewhere"}, tmp_path).data_dir == tmp_path / "elsewhere"
    assert from_values({"DATA_DIR": "/srv/water"}, tmp_path).data_dir == Path("/srv/water")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# 注释\nPORT=9001\nexport LOG_LEVEL='error'\n\nWORKERS=2\n")
    settings = load(tmp_path, {"PORT": "9002"})
    assert (settings.port, settings.log_level, settings.workers) == (9002, "error", 2)


def test_a_line_that_is_no_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8080\n这不是设置\n")
    with pytest.raises(BadSetting, match="第 2 行"):
        read_env_file(tmp_path / ".env")
