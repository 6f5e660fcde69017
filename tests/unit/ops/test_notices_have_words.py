"""Every notice that billing writes to customers has its words in the domain."""

import re
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[3]
TOPIC = re.compile(
    r'^(?:BILL_ISSUED|BILL_DUE_SOON|CONTACT_CHANGED|ORDER_PROGRESS|TERM_ENDING|TOPIC) = "(\w+)"',
    re.MULTILINE,
)


def test_words() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    services = sorted((PROJECT / "billing_client" / "services").glob("*.py"))
    source = "\n".join(path.read_text(encoding="utf-8") for path in services)
    topics = set(TOPIC.findall(source))
    assert {"bill_issued", "dunning_notice", "order_progress"} <= topics
    topics |= {"outage_published", "outage_extended", "outage_ended"}
    topics |= {"instalment_due", "instalment_done", "instalment_broken"}
    assert {f"utter_notice_{topic}" for topic in topics} <= set(domain)
