/** What tells one version of a workflow from any other, those of a workflow that had its identifier before too: its ETag. Free of zod: the dashboard bundles it. */
export const workflowTag = ({ id, version }: { id: string; version: number }): string => `"${version}.${id}"`
