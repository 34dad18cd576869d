const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:7233)?$/;
const CLOUD = /\.tmprl\.cloud(:\d+)?$|\.api\.temporal\.io(:\d+)?$/;

/** @returns the address of a workflow in the UI; if that is not known, what to look for */
export function uiHintOf(at: { address: string; namespace: string; workflowId: string }): string {
  const path = `/namespaces/${encodeURIComponent(at.namespace)}/workflows/${encodeURIComponent(at.workflowId)}`;
  if (LOOPBACK.test(at.address)) return `http://localhost:8233${path}`;
  if (CLOUD.test(at.address)) return `https://cloud.temporal.io${path}`;
  return `in Temporal's UI: namespace ${at.namespace}, workflow id ${at.workflowId}`;
}
