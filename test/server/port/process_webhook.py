"""The example of Port's documentation, with another host and token. What it leaves open (`perform_operation`, `get_port_token`) is at the end."""
import requests


def process_webhook(webhook_data):
    """Process a webhook and report back to Port"""

    workflow_run_id = webhook_data['context']['workflowRunId']
    node_run_id = webhook_data['context']['nodeRunId']

    # Log the start
    update_node_run(workflow_run_id, node_run_id, {
        "status": "IN_PROGRESS",
        "logs": [{
            "logLevel": "INFO",
            "log": "Processing started"
        }]
    })

    try:
        # Do the actual work
        result = perform_operation(webhook_data['payload'])

        # Report success
        update_node_run(workflow_run_id, node_run_id, {
            "status": "COMPLETED",
            "result": "SUCCESS",
            "output": result,
            "logs": [{
                "logLevel": "INFO",
                "log": f"Operation completed: {result}"
            }]
        })
    except Exception as e:
        # Report failure
        update_node_run(workflow_run_id, node_run_id, {
            "status": "COMPLETED",
            "result": "FAILED",
            "logs": [{
                "logLevel": "ERROR",
                "log": f"Operation failed: {str(e)}"
            }]
        })


def update_node_run(workflow_run_id, node_run_id, data):
    """Update a node run via Port API"""

    response = requests.patch(
        f"{HOST}/v1/workflows/runs/{workflow_run_id}/nodes/{node_run_id}",
        headers={
            "Authorization": f"Bearer {get_port_token()}",
            "Content-Type": "application/json"
        },
        json=data
    )
    response.raise_for_status()


if __name__ == "__main__":
    import json
    import sys

    HOST, CLIENT_ID, CLIENT_SECRET = sys.argv[1:]

    def get_port_token():
        return requests.post(f"{HOST}/v1/auth/access_token", json={"clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET}).json()["accessToken"]

    def perform_operation(payload):
        if payload["fail"]:
            raise RuntimeError("no such service")
        return {"resourceId": payload["name"]}

    process_webhook(json.load(sys.stdin))
