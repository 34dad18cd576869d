"""Tracks a post of Docswrite, and waits for it: python3 track.py <job id>. It needs the package temporalio."""

import asyncio
import sys

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError


async def track(client: Client, job_id: str):
    """Attaches to the workflow of this job, if there is one, also if it has ended."""
    workflow_id = f"job:docswrite:default:post:{job_id}"
    try:
        return await client.start_workflow(
            "trackJob",
            {"job": {"provider": "docswrite", "jobId": job_id}, "labels": {"team": "docs"}},
            id=workflow_id,
            task_queue="job-tracker",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
    except WorkflowAlreadyStartedError:
        return client.get_workflow_handle(workflow_id)


async def outcome_of(handle) -> dict:
    """A job that failed is a failed workflow, whose failure has the outcome."""
    try:
        return await handle.result()
    except WorkflowFailureError as error:
        if not isinstance(error.cause, ApplicationError) or not error.cause.details:
            raise
        return error.cause.details[0]


async def main(job_id: str) -> None:
    client = await Client.connect("localhost:7233")
    handle = await track(client, job_id)
    progress = await handle.query("progress")
    print(progress["state"], progress["progress"])
    outcome = await outcome_of(handle)
    print(outcome["status"], outcome.get("link") or outcome.get("reason"))


asyncio.run(main(sys.argv[1]))
