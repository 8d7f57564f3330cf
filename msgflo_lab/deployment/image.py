"""The image that all programs of a deployment run in. Pure."""

from __future__ import annotations

from .model import Deployment

USER = 10001
"""Of the image: nobody on the machine has this number."""
FOLDER = "/app"
"""Where the project is in it."""

_NODE = """
# Some of the participants are programs for Node.js.
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends nodejs npm \\
 && rm -rf /var/lib/apt/lists/*
COPY package*.json ./
RUN npm install --omit=dev --no-audit --no-fund
ENV PATH="{folder}/node_modules/.bin:$PATH"
"""

_DOCKERFILE = """\
# The image that every program of {name} runs in:
#   docker build --tag {label} .
FROM python:{python}-slim
WORKDIR {folder}
{node}
# What the participants import belongs into requirements.txt.
COPY requirements.txt *.whl ./
RUN pip install --no-cache-dir --requirement requirements.txt

COPY . .

# Programs touch this file while they are up; the health checks look at it.
ENV MSGFLO_HEALTH=/tmp/msgflo-health PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
USER {user}:{user}
# Nothing is started by itself: each service says its command.
CMD ["msgflo-lab", "--help"]
"""

_IGNORED = """\
# What is not to be in the image: above all, no secrets.
.env
.env.*
*.env
.git
.venv
**/__pycache__
**/node_modules
**/.ipynb_checkpoints
docker-compose*.yml
kubernetes
keda
systemd
"""

_REQUIREMENTS = """\
# Packages of Python that the programs need. One a line.
# Of a package that is on no index: put its wheel beside this file, where it is found, too.
--find-links .
{lines}
"""


def image(deployment: Deployment) -> dict[str, str]:
    """The files that it is built from: path to text."""
    node = _NODE.format(folder=FOLDER) if deployment.needs_node else ""
    dockerfile = _DOCKERFILE.format(
        name=deployment.label,
        label=deployment.label,
        python=deployment.python,
        node=node,
        folder=FOLDER,
        user=USER,
    )
    return {
        "Dockerfile": dockerfile,
        ".dockerignore": _IGNORED,
        "requirements.txt": _REQUIREMENTS.format(lines="\n".join(deployment.requirements)),
    }
