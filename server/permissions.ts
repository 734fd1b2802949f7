import { selfServeTrigger, selfServeTriggers } from '../runner/model/node-kind.ts'
import { permissionsOf, waysIn, type PermissionReference, type PermissionRule, type Permissions } from '../runner/model/permissions.ts'
import { problem } from '../runner/model/problem.ts'
import type { Workflow } from '../runner/model/workflow.ts'
import type { Caller } from './caller.ts'

/**
 * Who may execute a workflow: its self-serve trigger's `permissions` (contract, section 4). Absent ones mean that every member may, where in
 * Port they mean admins only; empty ones are a statement, and mean admins only here, too. What starts by itself asks nobody.
 */

/** `undefined`: nobody knows it, and no rule but "empty" holds of it. */
type Known = { value: unknown } | undefined

/** A rule about what is not filled in yet is neither true nor false. */
type Verdict = boolean | 'open'

const ofUser = (caller: Caller, property: string): Known => {
  const known: Record<string, unknown> = {
    id: caller.userId ?? undefined,
    identifier: caller.userId ?? undefined,
    email: caller.email,
    role: caller.role,
    roles: [caller.role],
    org: caller.org,
    isMachine: caller.isMachine,
    teams: caller.teams ?? [],
  }
  const value = Object.hasOwn(known, property) ? known[property] : undefined
  return value === undefined ? undefined : { value }
}

/** Of teams nothing is known but what they are called. */
const TEAM_NAMES: ReadonlySet<string> = new Set(['identifier', 'name', 'title'])

const read = (caller: Caller, inputs: Record<string, unknown> | undefined, { context, property }: PermissionReference): Known | 'open' => {
  // Port marks what it keeps itself: `$identifier`, `$team`.
  const name = property.replace(/^\$/, '')
  switch (context) {
    case 'user':
      return ofUser(caller, name)
    case 'userTeams':
      return TEAM_NAMES.has(name) ? { value: caller.teams ?? [] } : undefined
    case 'form':
      return inputs ? { value: Object.hasOwn(inputs, property) ? inputs[property] : null } : 'open'
  }
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])
const has = (list: unknown, value: unknown): boolean => listOf(list).some((item) => same(item, value))

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

/** Numbers with numbers, texts (and so times in ISO 8601) with texts; anything else is in no order. */
const inOrder = (a: unknown, b: unknown, holds: (order: number) => boolean): boolean => {
  if (typeof a === 'number' && typeof b === 'number') return holds(a - b)
  return typeof a === 'string' && typeof b === 'string' && holds(a < b ? -1 : a > b ? 1 : 0)
}

const holds = (operator: PermissionRule['operator'], left: unknown, right: unknown): boolean => {
  switch (operator) {
    case '=':
      return same(left, right)
    case '!=':
      return !same(left, right)
    case '>':
      return inOrder(left, right, (order) => order > 0)
    case '<':
      return inOrder(left, right, (order) => order < 0)
    case '>=':
      return inOrder(left, right, (order) => order >= 0)
    case '<=':
      return inOrder(left, right, (order) => order <= 0)
    case 'in':
      return listOf(left).some((item) => has(right, item))
    case 'notIn':
      return !listOf(left).some((item) => has(right, item))
    case 'contains':
      return typeof left === 'string' && typeof right === 'string' ? left.includes(right) : Array.isArray(left) && has(left, right)
    case 'notContains':
      return typeof left === 'string' && typeof right === 'string' ? !left.includes(right) : !(Array.isArray(left) && has(left, right))
    case 'containsAny':
      return Array.isArray(left) && listOf(right).some((item) => has(left, item))
    case 'empty':
      return isEmpty(left)
    case 'notEmpty':
      return !isEmpty(left)
  }
}

const isReference = (value: PermissionRule['value']): value is PermissionReference => typeof value === 'object' && value !== null && !Array.isArray(value)

const judgeRule = (caller: Caller, inputs: Record<string, unknown> | undefined, { property, operator, value }: PermissionRule): Verdict => {
  const left = read(caller, inputs, property)
  const right = isReference(value) ? read(caller, inputs, value) : { value }
  if (left === 'open' || right === 'open') return 'open'
  // "Not X" of something unknown must open no door.
  if (left === undefined || right === undefined) return operator === 'empty' && left === undefined
  return holds(operator, left.value, right.value)
}

const judgePolicy = ({ combinator, rules }: NonNullable<Permissions['policy']>, caller: Caller, inputs: Record<string, unknown> | undefined): Verdict => {
  if (rules.length === 0) return false
  const verdicts = rules.map((rule) => judgeRule(caller, inputs, rule))
  const decisive = combinator === 'or'
  if (verdicts.includes(decisive)) return decisive
  return verdicts.includes('open') ? 'open' : !decisive
}

/** Whether a list of roles, of users by id or e-mail address, or of teams names the caller. */
export const isListed = ({ roles = [], users = [], teams = [] }: Permissions, caller: Caller): boolean =>
  roles.some((role) => role.toLowerCase() === caller.role) ||
  users.some((user) => user === caller.userId || user === caller.person || (caller.email !== undefined && user.toLowerCase() === caller.email.toLowerCase())) ||
  teams.some((team) => caller.teams?.includes(team))

/**
 * Whether `permissions` let `caller` execute: the lists first, then the policy as another way in. Admins always may; machines where no policy
 * says otherwise; nobody else where nothing at all is said in them.
 * @param inputs what was filled in; without it, rules about that count as possible
 */
export const mayExecute = (permissions: Permissions | null, caller: Caller, inputs?: Record<string, unknown>): boolean => {
  if (caller.role === 'admin' || permissions === null) return true
  if (Object.keys(permissions).length === 0) return false
  if (isListed(permissions, caller)) return true
  return permissions.policy === undefined ? caller.isMachine : judgePolicy(permissions.policy, caller, inputs) !== false
}

const mayEnter = (caller: Caller, ways: readonly (Permissions | null)[]): boolean => ways.length === 0 || ways.some((permissions) => mayExecute(permissions, caller))

/** Whether the caller sees the workflow where only those are shown that one may execute. */
export const isExecutable = (caller: Caller, workflow: Workflow): boolean => mayEnter(caller, waysIn(workflow))

const refuse = ({ identifier }: Workflow, what: string) => problem('not_allowed', `The permissions of the workflow ${identifier} do not let you ${what}.`)

/**
 * @param as.trigger the one that is fired; another one than those for calls, and none, stand for the one that is fired by default
 * @param as.inputs what it is executed with; without them, rules about that count as possible
 * @throws Problem `not_allowed`
 */
export const assertMayExecute = (caller: Caller, workflow: Workflow, as: { trigger?: string | undefined; inputs?: Record<string, unknown> } = {}): void => {
  const triggers = selfServeTriggers(workflow)
  const trigger = triggers.find(({ identifier }) => identifier === as.trigger) ?? selfServeTrigger(workflow) ?? triggers[0]
  if (trigger && !mayExecute(permissionsOf(trigger), caller, as.inputs)) throw refuse(workflow, `execute it${as.inputs ? ' with these inputs' : ''}`)
}

/** Who is shut out by one of the triggers must not let themselves in. @throws Problem `not_allowed` */
export const assertMayChange = (caller: Caller, workflow: Workflow): void => {
  if (!selfServeTriggers(workflow).every((trigger) => mayExecute(permissionsOf(trigger), caller))) throw refuse(workflow, 'change it')
}
