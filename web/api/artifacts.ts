import type { ArtifactJson } from '../../server/wire.ts'
import type { Client } from './client.ts'

/** Files that runs left. */

/** The artifact's content under an address that needs no credentials, for a quarter of an hour; by the name that this server is called under here. */
export const contentAddress = (client: Client, { signedUrl }: Pick<ArtifactJson, 'signedUrl'>): string => {
  const { pathname, search } = new URL(signedUrl)
  // The server may be told to name the path that it is found below, too.
  return client.address(`${pathname.slice(pathname.indexOf('/api/v1/artifacts/'))}${search}`)
}

export const getArtifact = (client: Client, id: string): Promise<ArtifactJson> => client.call('GET', `/api/v1/artifacts/${id}`)

export const getContent = async (client: Client, id: string): Promise<Blob> => (await client.fetch('GET', `/api/v1/artifacts/${id}/content`)).blob()

/** Playwright's viewer, opened on a trace. */
export const traceAddress = (client: Client, trace: Pick<ArtifactJson, 'signedUrl'>): string => client.address('/trace-viewer/', { trace: contentAddress(client, trace) })

/** Those of all runs, the hundred newest. */
export const listNewestArtifacts = async (client: Client): Promise<ArtifactJson[]> => (await client.call<{ artifacts: ArtifactJson[] }>('GET', '/api/v1/artifacts', { query: { limit: 100 } })).artifacts

/** Those of a run, the first hundred. */
export const listArtifacts = async (client: Client, runId: string): Promise<ArtifactJson[]> =>
  (await client.call<{ artifacts: ArtifactJson[] }>('GET', '/api/v1/artifacts', { query: { workflowRunId: runId, limit: 100 } })).artifacts
