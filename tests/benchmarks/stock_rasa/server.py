"""The opponent, started: the same examples, trained and served the way Rasa's documents say."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import aiohttp
import yaml

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
RASA = HERE / ".venv" / "bin" / "rasa"
PORT = 5105
ADDRESS = f"http://127.0.0.1:{PORT}/webhooks/rest/webhook"


def prepare(folder: Path) -> None:
    """A plain Rasa project over our examples: a rule an intent, one answer each."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    shutil.copy(HERE / "config.yml", folder)
    for source in sorted((REPOSITORY / "nlu_data").glob("*/*.yml")):
        content = yaml.safe_load(source.read_text(encoding="utf-8"))
        if source.parent.name != "flows" and "nlu" in content:
            shutil.copy(source, folder / "data" / f"{source.parent.name}_{source.name}")
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    _write(folder / "domain.yml", _domain(domain["intents"], domain["entities"]))
    _write(folder / "data" / "rules.yml", {"version": "3.1", "rules": _rules(domain["intents"])})
    _write(folder / "credentials.yml", {"rest": {}})


def _domain(intents: list[str], entities: list[str]) -> dict[str, object]:
    answer = [{"text": "好的，已收到。"}]
    return {
        "version": "3.1",
        "intents": intents,
        "entities": entities,
        "responses": {f"utter_{intent}": answer for intent in intents},
    }


def _rules(intents: list[str]) -> list[dict[str, object]]:
    return [
        {"rule": intent, "steps": [{"intent": intent}, {"action": f"utter_{intent}"}]}
        for intent in intents
    ]


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def train(folder: Path) -> float:
    """Seconds it took."""
    started = time.perf_counter()
    subprocess.run([RASA, "train", "--quiet"], cwd=folder, check=True, env=_environment())
    return time.perf_counter() - started


async def start(folder: Path) -> tuple[subprocess.Popen[bytes], float]:
    """The server process and the seconds until its first answer."""
    started = time.perf_counter()
    command = [RASA, "run", "--port", str(PORT), "--credentials", "credentials.yml"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=_environment(), stdout=log, stderr=log)
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                await ask(session, "first", "你好")
                return server, time.perf_counter() - started
            except (aiohttp.ClientError, AssertionError):
                if server.poll() is not None:
                    raise RuntimeError(f"the stock server ended, see {folder}/server.log") from None
                time.sleep(0.2)


async def ask(session: aiohttp.ClientSession, customer: str, text: str) -> None:
    async with session.post(ADDRESS, json={"sender": customer, "message": text}) as answer:
        assert answer.status == 200 and await answer.json(), "no answer"


def _environment() -> dict[str, str]:
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "WARNING"}
    return {**os.environ, **quiet, "SANIC_WORKERS": "1"}
