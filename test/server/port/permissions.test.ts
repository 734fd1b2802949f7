import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { permissionsSchema, type Permissions } from '../../../runner/model/permissions.ts'
import type { Caller } from '../../../server/caller.ts'
import { mayExecute } from '../../../server/permissions.ts'
import { linear, startTestServer, type Json, type TestServer } from '../../harness.ts'
import { as, CALLERS } from '../callers.ts'

const ANN: Caller = { kind: 'user', org: 'acme', userId: 'ann', role: 'member', isMachine: false, email: 'ann@acme.test', teams: ['sre', 'payments'] }
const ROBOT: Caller = { kind: 'key', org: 'acme', userId: 'k1', role: 'member', isMachine: true }

const policy = (combinator: 'and' | 'or', ...rules: [property: string, operator: string, value?: unknown][]): Permissions =>
  permissionsSchema.parse({
    policy: {
      combinator,
      rules: rules.map(([property, operator, value]) => {
        const [context, name] = property.split('.')
        return { property: { context, property: name }, operator, ...(value === undefined ? {} : { value }) }
      }),
    },
  })

describe('whom permissions let in', () => {
  const cases: [name: string, permissions: Permissions | null, caller: Caller, may: boolean][] = [
    ['everybody, where there are none', null, ANN, true],
    ['nobody but admins, where they are empty: not members,', {}, ANN, false],
    ['nor machines', {}, ROBOT, false],
    ['admins, where they are empty', {}, { ...ANN, role: 'admin' }, true],
    ['nobody but admins, where a list is there and empty', { users: [] }, ANN, false],
    ['admins always', { users: [] }, { ...ANN, role: 'admin' }, true],
    ['machines, where there is no policy', { users: [] }, ROBOT, true],
    ['no machine that a policy shuts out', policy('and', ['user.email', '=', 'x']), ROBOT, false],
    ['a role, in whichever case', { roles: ['Member'] }, ANN, true],
    ['not another role', { roles: ['Moderator'] }, ANN, false],
    ['a user by id', { users: ['ann'] }, ANN, true],
    ['a user by e-mail address, in whichever case', { users: ['Ann@Acme.test'] }, ANN, true],
    ['not another user', { users: ['bob'] }, ANN, false],
    ['a team', { teams: ['sre'] }, ANN, true],
    ['not another team', { teams: ['hr'] }, ANN, false],
    ['nobody, by a policy without rules', policy('and'), ANN, false],
    ['who is listed, whatever the policy says', { users: ['ann'], ...policy('and', ['user.role', '=', 'x']) }, ANN, true],
    ['who the policy lets in, though not listed', { users: ['bob'], ...policy('and', ['user.role', '=', 'member']) }, ANN, true],
  ]
  test.each(cases)('%s', (_name, permissions, caller, may) => {
    expect(mayExecute(permissions, caller)).toBe(may)
  })
})

describe('a rule', () => {
  const FORM = { env: 'prod', count: 5, day: '2026-01-05', tags: ['a', 'b'], none: null, owner: 'ann' }
  const holds: [property: string, operator: string, value: unknown, holds: boolean][] = [
    ['form.env', '=', 'prod', true],
    ['form.env', '=', 'dev', false],
    ['form.env', '!=', 'dev', true],
    ['form.absent', '!=', 'dev', true],
    ['form.tags', '=', ['a', 'b'], true],
    ['form.count', '>', 4, true],
    ['form.count', '>', 5, false],
    ['form.count', '>=', 5, true],
    ['form.count', '<', 5, false],
    ['form.count', '<=', 5, true],
    ['form.count', '<', '9', false],
    ['form.day', '<', '2026-02-01', true],
    ['form.env', 'in', ['dev', 'prod'], true],
    ['form.env', 'in', ['dev'], false],
    ['form.env', 'notIn', ['dev'], true],
    ['form.env', 'notIn', ['prod'], false],
    ['form.tags', 'contains', 'a', true],
    ['form.tags', 'contains', 'c', false],
    ['form.env', 'contains', 'ro', true],
    ['form.tags', 'notContains', 'a', false],
    ['form.env', 'notContains', 'x', true],
    ['form.tags', 'containsAny', ['c', 'b'], true],
    ['form.tags', 'containsAny', ['c'], false],
    ['form.none', 'empty', undefined, true],
    ['form.env', 'empty', undefined, false],
    ['form.env', 'notEmpty', undefined, true],
    ['user.email', '=', 'ann@acme.test', true],
    ['user.$identifier', '=', 'ann', true],
    ['user.teams', 'contains', 'sre', true],
    ['userTeams.identifier', 'contains', 'payments', true],
    ['userTeams.$title', 'containsAny', ['hr'], false],
    ['user.id', '=', { context: 'form', property: 'owner' }, true],
    ['user.email', '=', { context: 'form', property: 'owner' }, false],
    // What nobody knows opens no door, however it is asked.
    ['user.department', '=', 'x', false],
    ['user.department', '!=', 'x', false],
    ['user.department', 'notIn', ['x'], false],
    ['user.department', 'notEmpty', undefined, false],
    ['user.department', 'empty', undefined, true],
    ['user.constructor', 'notEmpty', undefined, false],
    ['userTeams.size', '!=', 3, false],
    ['form.env', '!=', { context: 'user', property: 'department' }, false],
  ]
  test.each(holds)('%s %s %j: %s', (property, operator, value, expected) => {
    expect(mayExecute(policy('and', [property, operator, value]), ANN, FORM)).toBe(expected)
  })

  test('is joined with the others by the combinator', () => {
    const [yes, no] = [['user.role', '=', 'member'], ['user.role', '=', 'x']] as [[string, string, string], [string, string, string]]
    expect(mayExecute(policy('and', yes, no), ANN)).toBe(false)
    expect(mayExecute(policy('or', yes, no), ANN)).toBe(true)
    expect(mayExecute(policy('or', no, no), ANN)).toBe(false)
  })

  test('about a form that is not filled in yet shuts nobody out, unless another one does', () => {
    const form: [string, string, string] = ['form.env', '=', 'prod']
    expect(mayExecute(policy('and', form), ANN)).toBe(true)
    expect(mayExecute(policy('and', form, ['user.role', '=', 'x']), ANN)).toBe(false)
    expect(mayExecute(policy('and', form), ANN, { env: 'dev' })).toBe(false)
  })
})

describe('a workflow that one may not execute', () => {
  let server: TestServer
  let ann: Awaited<ReturnType<typeof as>>
  let bob: Awaited<ReturnType<typeof as>>
  const guarded = (identifier: string, permissions?: Json) =>
    linear(identifier, [
      { identifier: 'start', config: { type: 'SELF_SERVE_TRIGGER', userInputs: { properties: { env: { type: 'string' } }, required: ['env'] }, ...(permissions && { permissions }) } },
      { identifier: 'do', config: { type: 'TRANSFORM', value: { a: 1 } } },
    ])
  beforeAll(async () => {
    server = await startTestServer(CALLERS)
    const admin = await as(server, { sub: 'root', role: 'admin' })
    ann = await as(server, { sub: 'ann', teams: ['sre'], email: 'ann@acme.test' })
    bob = await as(server, { sub: 'bob' })
    await admin.call('POST', '/v1/workflows', guarded('for_sre', { teams: ['sre'] }))
    await admin.call('POST', '/v1/workflows', guarded('not_prod', { policy: { combinator: 'and', rules: [{ property: { context: 'form', property: 'env' }, operator: '!=', value: 'prod' }] } }))
    await admin.call('POST', '/v1/workflows', guarded('for_all'))
    await admin.call('POST', '/v1/workflows', guarded('for_admins', {}))
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const listed = async (who: typeof ann): Promise<string[]> => ((await who.call('GET', '/v1/workflows')).body.workflows as Json[]).map(({ identifier }) => identifier as string)
  const start = (who: typeof ann, workflow: string, env = 'dev') => who.call('POST', `/v1/workflows/${workflow}/runs`, { inputs: { env } })

  test('is not there: not in the list, not by its name, not to start or change', async () => {
    expect(await listed(ann)).toEqual(['for_all', 'not_prod', 'for_sre'])
    expect(await listed(bob)).toEqual(['for_all', 'not_prod'])
    expect((await bob.call('GET', '/v1/workflows?limit=1&page=2')).body).toMatchObject({ workflows: [{ identifier: 'not_prod' }], pagination: { total: 2, totalPages: 2 } })
    expect((await ann.call('GET', '/v1/workflows/for_sre')).status).toBe(200)
    for (const answer of [await bob.call('GET', '/v1/workflows/for_sre'), await start(bob, 'for_sre'), await bob.call('PATCH', '/v1/workflows/for_sre', { title: 'mine' })])
      expect(answer).toMatchObject({ status: 404, body: { ok: false, error: 'not_found' } })
    expect((await start(ann, 'for_sre')).status).toBe(202)
  })

  test('is refused in the other face, also to let oneself in', async () => {
    const run = (who: typeof ann) => who.call('POST', '/api/v1/workflow-runs', { workflowId: 'for_sre', inputs: { env: 'dev' } })
    expect(await run(bob)).toMatchObject({ status: 403, body: { code: 'not_allowed' } })
    const { id } = (await run(ann)).body as { id: string }
    expect((await bob.call('PUT', '/api/v1/workflows/for_sre', guarded('for_sre'))).status).toBe(403)
    await expect.poll(async () => (await bob.call('POST', `/api/v1/workflow-runs/${id}/rerun`)).status).toBe(403)
    expect((await ann.call('POST', `/api/v1/workflow-runs/${id}/rerun`)).status).toBe(202)
  })

  test('with these inputs is refused once they are given', async () => {
    expect((await start(bob, 'not_prod', 'dev')).status).toBe(202)
    expect(await start(bob, 'not_prod', 'prod')).toMatchObject({ status: 403, body: { ok: false, error: 'not_allowed' } })
  })
})
