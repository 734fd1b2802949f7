import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compactStore } from '../../server/compact.ts'
import { readConfig } from '../../server/config.ts'
import { linear, startTestServer, tempDir } from '../harness.ts'

/** A database that was large gives its room back to the disk. */

let dataDir: string
beforeEach(() => {
  dataDir = tempDir()
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const compact = () => compactStore(readConfig({ DATA_DIR: dataDir }))
const size = (): number => statSync(join(dataDir, 'errand.sqlite')).size

test('is small again when what was in it has gone, and the server starts on it as before', async () => {
  {
    await using server = await startTestServer({}, { dataDir })
    await server.save(linear('kept', [{ identifier: 'one', config: { type: 'TRANSFORM', value: 1 } }]))
    await server.server.services.db.write(async (tx) => {
      tx.run('CREATE TABLE large AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT randomblob(1000) AS x FROM n')
      tx.run('DROP TABLE large')
    })
  }
  const before = size()
  expect(before).toBeGreaterThan(2_000_000)
  expect(await compact()).toMatch(/^The database took [\d.]+ MB and takes [\d.]+ MB now\.$/)
  expect(size()).toBeLessThan(before - 2_000_000)
  await using again = await startTestServer({}, { dataDir })
  expect((await again.call('GET', '/api/v1/workflows/kept')).status).toBe(200)
})

test('is refused while a server is at work on it, and where there is none', async () => {
  await expect(compact()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('There is no database') })
  await using _server = await startTestServer({}, { dataDir })
  await expect(compact()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('Another Errand server is at work') })
})
