"""What `xiaoshui flows check` asks: are the flows of this project sound?"""

from pathlib import Path

from bot.flows import domain_names
from bot.flows.checker import check_flows
from bot.flows.loader import FlowProblems, load_folder

FLOWS_FOLDER = "nlu_data/flows"
"""Where a project keeps its flows, relative to its root."""


def check(project_dir: str | Path) -> list[str]:
    """One line for each problem (file, step, what is wrong); an empty list when all is well."""
    project = Path(project_dir)
    try:
        flows = load_folder(project / FLOWS_FOLDER)
    except FlowProblems as error:
        return error.problems
    if not flows:
        return [f"{FLOWS_FOLDER}: no flow found"]
    return check_flows(flows, domain_names.from_files(project))
