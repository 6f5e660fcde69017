"""The model is trained when its inputs changed, once, and never half."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot import training
from tests.integration.worker.conftest import SCRATCH_PROJECT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(SCRATCH_PROJECT, folder)
    (folder / "data").rename(folder / "nlu_data")
    return folder


def test_any_input_changes_the_fingerprint_and_nothing_else_does(project: Path) -> None:
    before = training.fingerprint(project)
    (project / "README.md").write_text("no input", encoding="utf-8")
    assert training.fingerprint(project) == before
    seen = {before}
    for name in ("nlu_data/nlu.yml", "config.yml", "domain.yml", "bot/nlu/new.py", "uv.lock"):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.read_text() + "\n" if path.exists() else "x", encoding="utf-8")
        seen.add(training.fingerprint(project))
    assert len(seen) == 6
    (project / "nlu_data/nlu.yml").rename(project / "nlu_data/renamed.yml")
    assert training.fingerprint(project) not in seen


def test_a_model_is_trained_once_by_any_number_who_ask(project: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / ".training-killed").mkdir()
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: training.ensure_model(project, models), range(2)))
    written = paths[0].stat().st_mtime_ns
    assert paths[0] == paths[1] == training.model_path(project, models)
    assert training.ensure_model(project, models).stat().st_mtime_ns == written
    assert sorted(path.name for path in models.iterdir()) == [".lock", paths[0].name]


def test_a_project_that_cannot_be_trained_says_why(project: Path, tmp_path: Path) -> None:
    (project / "config.yml").write_text("recipe: default.v1\nlanguage: zh\npipeline:\n- name: No\n")
    with pytest.raises(training.TrainingFailed, match="No"):
        training.ensure_model(project, tmp_path / "models")
    assert not list((tmp_path / "models").glob("*.tar.gz"))
