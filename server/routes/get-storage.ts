import { z } from 'zod'
import { readStored } from '../../db/storage.ts'
import { diskUse } from '../disk.ts'
import { defineRoute } from '../route.ts'
import { DEFAULT_ORG } from '../trusted-network.ts'
import { isoOrNull } from '../json-fields.ts'

const bytes = z.int().meta({ description: 'In bytes.' })

export default defineRoute({
  method: 'get',
  path: '/api/v1/storage',
  tag: 'Server',
  summary: 'Get how much is stored, how much room is left, and how long things are kept.',
  allow: 'admin',
  answers: {
    200: {
      description: 'What the org has in store; for the org of the operator also the disk.',
      schema: z.object({
        retentionDays: z.int(),
        runs: z.object({ count: z.int(), oldestCreatedAt: z.iso.datetime().nullable() }),
        artifacts: z.object({ count: z.int(), sizeBytes: bytes }),
        disk: z.object({ databaseBytes: bytes, freeBytes: bytes, totalBytes: bytes }).nullable(),
      }),
    },
  },
  handle: async ({ db, config }, { caller }) => {
    const { runs, oldestRunAt, files, fileBytes } = await readStored(db, caller.org)
    return {
      status: 200,
      body: {
        retentionDays: config.RETENTION_DAYS,
        runs: { count: runs, oldestCreatedAt: isoOrNull(oldestRunAt) },
        artifacts: { count: files, sizeBytes: fileBytes },
        disk: caller.org === DEFAULT_ORG ? await diskUse(config) : null,
      },
    }
  },
})
