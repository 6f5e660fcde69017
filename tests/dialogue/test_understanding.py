"""How well the trained pipeline understands people it was not trained on.

The floors are what was measured when they were written, less three points. Raise them
when the understanding gets better; never lower them without saying why.

Two sets, neither shared with the training data (test_held_out.py): ``utterances/`` has been
looked at when training examples were written, so its figures flatter; ``held_out/`` must not
be: whoever writes training data leaves it unread, and what fails there is told by kind alone.
"""

import asyncio
import statistics
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from bot import rasa_adapter

rasa_adapter.install()

from rasa.core.agent import Agent  # noqa: E402
from rasa.model_training import train_nlu  # noqa: E402

from bot.nlu.parse import parse  # noqa: E402
from bot.nlu.report import cases  # noqa: E402
from bot.nlu.report.cases import Case  # noqa: E402
from bot.nlu.report.measure import Answer, Report, answer_of, report_of  # noqa: E402

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
FLOOR_ALL = 0.915
FLOOR_BUSINESS = 0.915
FLOOR_TOPIC = 0.77
FLOOR_PINYIN_AND_TYPOS = 0.95
FLOOR_SPANS = 0.88
HELD_OUT_ALL = 0.925
HELD_OUT_A_STYLE = 0.838
HELD_OUT_SPANS = 0.876
HELD_OUT_SPANS_OVERLAPPING = 0.891
HELD_OUT_OUTSIDE_CAUGHT = 0.9
HELD_OUT_TOPIC = 0.909
TWO_WISHES = {"looked_at": 0.72, "held_out": 0.52}
MOST_FALSE_SECONDS = 0.01
MOST_REFUSED = 0.03
MOST_MILLISECONDS = 25  # median, generous for a busy machine; 3 when it is idle
TALK = {"affirm", "bot_challenge", "deny", "goodbye", "greet", "help", "inform", "stop", "thanks"}
TALK |= {"out_of_scope"}

pytestmark = pytest.mark.timeout(300)  # training takes half a minute on two cores


class Heard(NamedTuple):
    """One test utterance and what was understood."""

    case: Case
    answer: Answer

    @property
    def right(self) -> bool:
        return self.answer.intent == self.case.intent


def trained(folder: Path) -> Path:
    """Train on the repository's data, past Rasa's cache: it does not see changed modules."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RASA_CACHE_DIRECTORY", str(folder / "cache"))
        path = train_nlu(
            str(ROOT / "config.yml"),
            str(ROOT / "nlu_data"),
            str(folder),
            domain=str(ROOT / "domain.yml"),
        )
    return Path(str(path))


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    return Agent.load(str(trained(tmp_path_factory.mktemp("model"))))


def listen(agent: Agent, folder: str) -> list[Heard]:
    async def one(case: Case) -> Heard:
        return Heard(case, answer_of(await parse(agent, case.text, NOW)))

    async def every() -> list[Heard]:
        return [await one(case) for case in cases.read(ROOT / "tests/dialogue" / folder)]

    return asyncio.run(every())


@pytest.fixture(scope="module")
def heard(agent: Agent) -> list[Heard]:
    return listen(agent, "utterances")


@pytest.fixture(scope="module")
def held_out(agent: Agent) -> Report:
    rows = listen(agent, "held_out")
    return report_of([row.case for row in rows], [row.answer for row in rows], {})


def share(rows: list[Heard]) -> float:
    return statistics.mean(row.right for row in rows)


def test_wishes(heard: list[Heard]) -> None:
    assert share(heard) >= FLOOR_ALL
    assert share([row for row in heard if row.case.intent not in TALK]) >= FLOOR_BUSINESS


def test_pinyin_and_typing_slips(heard: list[Heard]) -> None:
    noisy = [row for row in heard if row.case.style in {"pinyin", "typo"}]
    assert share(noisy) >= FLOOR_PINYIN_AND_TYPOS


def test_topics_of_general_questions(heard: list[Heard]) -> None:
    asked = [row for row in heard if row.case.topic]
    assert statistics.mean(row.answer.topic == row.case.topic for row in asked) >= FLOOR_TOPIC


def test_what_is_surely_understood_is_right(heard: list[Heard]) -> None:
    sure = [row for row in heard if row.answer.ranking[0][1] >= 0.6]
    assert len(sure) >= 0.85 * len(heard)
    assert share(sure) >= 0.92


def test_spans_of_details(heard: list[Heard]) -> None:
    found = report_of([row.case for row in heard], [row.answer for row in heard], {})
    assert found.spans is not None
    assert found.spans.f1 >= FLOOR_SPANS


def test_speed(heard: list[Heard]) -> None:
    assert statistics.median(row.answer.ms for row in heard) <= MOST_MILLISECONDS


def test_unseen_wishes(held_out: Report) -> None:
    assert held_out.accuracy >= HELD_OUT_ALL


def test_unseen_wishes_in_every_style(held_out: Report) -> None:
    worst = {
        name: one.accuracy
        for name, one in held_out.styles.items()
        if one.accuracy < HELD_OUT_A_STYLE
    }
    assert not worst


def test_unseen_spans(held_out: Report) -> None:
    assert held_out.spans is not None and held_out.overlapping is not None
    assert held_out.spans.f1 >= HELD_OUT_SPANS
    assert held_out.overlapping.f1 >= HELD_OUT_SPANS_OVERLAPPING


def test_unseen_talk_of_other_things(held_out: Report) -> None:
    assert held_out.outside is not None
    assert held_out.outside.caught >= HELD_OUT_OUTSIDE_CAUGHT
    assert held_out.outside.refused <= MOST_REFUSED


def test_unseen_general_questions(held_out: Report) -> None:
    assert held_out.topics is not None
    assert held_out.topics >= HELD_OUT_TOPIC


@pytest.mark.parametrize("half", TWO_WISHES)
async def test_two_wishes_in_one_message(agent: Agent, half: str) -> None:
    lines = (ROOT / f"tests/dialogue/two_wishes/{half}.tsv").read_text().splitlines()
    both: list[bool] = []
    for first, second, marked in (line.split("\t") for line in lines):
        found = await parse(agent, cases.unmarked(marked)[0], NOW)
        other = found["second_intent"] and found["second_intent"]["name"]
        both.append((found["intent"], other) == (first, second))
    assert statistics.mean(both) >= TWO_WISHES[half]


def test_one_wish_is_not_heard_as_two(held_out: Report) -> None:
    assert held_out.seconds <= MOST_FALSE_SECONDS


@pytest.mark.parametrize(
    ("text", "intent", "entity", "value"),
    [
        ("1000002468", "inform", "account_no", "1000002468"),
        ("200", "inform", "amount", 20000),
        ("１３８ １１１１ ２２２２", "inform", "phone", "13811112222"),
        ("上个月水费多少", "check_bill", "bill_period", {"first": "2026-10", "last": "2026-10"}),
        ("帮我充两百块", "pay_bill", "amount", 20000),
        ("我家水表现在是0921", "submit_reading", "meter_reading", 921),
        ("GD20261124001到哪一步了", "check_ticket", "ticket_no", "GD20261124001"),
        ("家里六口人怎么多申请点水", "apply_household_size", "person_count", 6),
    ],
)
async def test_values(agent: Agent, text: str, intent: str, entity: str, value: object) -> None:
    found = await parse(agent, text, NOW)
    assert found["intent"] == intent
    assert {"entity": entity, "value": value} in [
        {"entity": each["entity"], "value": each["value"]} for each in found["entities"]
    ]


async def test_a_second_wish_is_named(agent: Agent) -> None:
    found = await parse(agent, "帮我交水费，另外水表好像坏了", NOW)
    assert found["intent"] == "pay_bill"
    assert found["second_intent"]["name"] == "report_meter_fault"
    assert found["second_intent"]["text"] == "水表好像坏了"


async def test_nonsense_is_not_believed(agent: Agent) -> None:
    for text in ("撒旦发射点发个", "的分公司的风格", "嘎嘎哒哒咯咯"):
        found = await parse(agent, text, NOW)
        assert found["intent"] == "out_of_scope" and found["confidence"] <= 0.3
    assert (await parse(agent, "今天股票涨了没有", NOW))["confidence"] > 0.6


async def test_anothers_account_is_a_question_of_privacy(agent: Agent) -> None:
    for text in ("帮我看看隔壁老王家欠不欠费", "我想查邻居家的水费"):
        assert (await parse(agent, text, NOW))["faq_topic"] == "others_privacy"


async def test_negation_is_heard(agent: Agent) -> None:
    for text, intent in [("不用了", "deny"), ("不是这个", "deny"), ("没错", "affirm")]:
        assert (await parse(agent, text, NOW))["intent"] == intent
