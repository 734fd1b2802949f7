import type { ArtifactJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Files that runs left. */

/** The artifact's content under an address that needs no credentials, for a quarter of an hour; by the name that this server is called under here. */
export const contentAddress = (client: Client, { signedUrl }: Pick<ArtifactJson, 'signedUrl'>): string => {
  const { pathname, search } = new URL(signedUrl)
  return client.address(`${pathname}${search}`)
}

export const getArtifact = (client: Client, id: string): Promise<ArtifactJson> => client.call('GET', `/api/v1/artifacts/${id}`)

export const getContent = async (client: Client, id: string): Promise<Blob> => (await client.fetch('GET', `/api/v1/artifacts/${id}/content`)).blob()

/** Playwright's viewer, opened on a trace. */
export const traceAddress = (client: Client, trace: Pick<ArtifactJson, 'signedUrl'>): string => client.address('/trace-viewer/', { trace: contentAddress(client, trace) })

/** Those of a run, the first hundred. */
export const listArtifacts = async (client: Client, runId: string): Promise<ArtifactJson[]> =>
  (await client.call<{ artifacts: ArtifactJson[] }>('GET', '/api/v1/artifacts', { query: { workflowRunId: runId, limit: 100 } })).artifacts
