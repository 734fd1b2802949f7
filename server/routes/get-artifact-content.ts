import { z } from 'zod'
import { getArtifact, getSignedArtifact } from '../../db/artifacts.ts'
import { getRun } from '../../db/runs.ts'
import { contentHeaders } from '../content.ts'
import { viewerOf } from '../caller.ts'
import { pathId } from '../paging.ts'
import { defineRoute } from '../route.ts'
import { problem } from '../../runner/model/problem.ts'

export default defineRoute({
  method: 'get',
  path: '/api/v1/artifacts/:artifactId/content',
  tag: 'Artifacts',
  summary: 'Get a file’s content, or ranges of it (RFC 9110, section 14).',
  allow: 'viewer',
  params: z.object({ artifactId: z.string() }),
  query: z.object({ expires: z.string().optional(), signature: z.string().optional() }),
  signed: true,
  answers: { 200: { description: 'The bytes.', type: 'application/octet-stream' }, 206: { description: 'The range asked for.', type: 'application/octet-stream' } },
  handle: async ({ db, files, urls }, { params, query, caller }) => {
    const id = pathId(params.artifactId, 'artifact')
    const { expires, signature } = query
    const bySignature = expires !== undefined && signature !== undefined
    if (bySignature && !urls.verify(id, { expires, signature })) throw problem('not_allowed', 'This address is not valid any more. Get the artifact again for a fresh one.')
    const row = bySignature ? await getSignedArtifact(db, id) : await getArtifact(db, caller.org, id)
    if (!bySignature) await getRun(db, viewerOf(caller), row.runId)
    return {
      respond: (response) =>
        new Promise((resolve, reject) => {
          response.set(contentHeaders(row))
          response.sendFile(files.pathOf(id), { dotfiles: 'allow', cacheControl: false, etag: false, lastModified: false }, (error?: NodeJS.ErrnoException) => {
            if (!error || error.code === 'ECONNABORTED' || error.code === 'EPIPE') return resolve()
            if (error.code === 'ENOENT') return reject(problem('not_found', `The content of artifact ${id} is gone.`))
            // Express has answered 416 by itself when the range was not one of the file.
            if (response.headersSent) return resolve()
            const { status } = error as unknown as { status?: number }
            if (status !== 416) return reject(error)
            response.status(416).end()
            resolve()
          })
        }),
    }
  },
})
