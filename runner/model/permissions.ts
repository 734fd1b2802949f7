import { z } from 'zod'
import { isPublished, selfServeTriggers } from './node-kind.ts'
import type { Node, Workflow } from './workflow.ts'

/** Who may execute a workflow, in Port's shape, as it stands on a self-serve trigger. `server/permissions.ts` judges callers by it. */

const names = z.array(z.string().min(1).max(200)).max(1000).optional()

/** Something known of who calls, of the teams they are in, or of what they filled in. */
const reference = z.strictObject({ context: z.enum(['user', 'userTeams', 'form']), property: z.string().min(1).max(200) })

const literal = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()])

const OPERATORS = ['=', '!=', '>', '<', '>=', '<=', 'in', 'notIn', 'contains', 'notContains', 'containsAny', 'empty', 'notEmpty'] as const
const TAKES_A_LIST: ReadonlySet<string> = new Set(['in', 'notIn', 'containsAny'])
const TAKES_NOTHING: ReadonlySet<string> = new Set(['empty', 'notEmpty'])

const rule = z
  .strictObject({
    property: reference,
    operator: z.enum(OPERATORS),
    value: z.union([literal, z.array(literal).max(1000), reference], { error: 'must be a text, a number, true, false, null, a list of these, or {"context", "property"}' }).optional(),
  })
  .superRefine(({ operator, value }, report) => {
    if (TAKES_NOTHING.has(operator)) {
      if (value !== undefined) report.addIssue({ code: 'custom', path: ['value'], message: `means nothing with "${operator}"` })
    } else if (value === undefined) report.addIssue({ code: 'custom', path: ['value'], message: `is missing: "${operator}" compares with it` })
    else if (TAKES_A_LIST.has(operator) && (typeof value !== 'object' || value === null)) report.addIssue({ code: 'custom', path: ['value'], message: `must be a list: "${operator}" looks in it` })
  })

/**
 * Absent: every member may. `{}`: admins only. With anything in it: those it lists, those its policy lets through, and admins always. A policy
 * without rules lets nobody through.
 */
export const permissionsSchema = z.strictObject({
  roles: names,
  /** By id or e-mail address. */
  users: names,
  teams: names,
  policy: z.strictObject({ combinator: z.enum(['and', 'or']), rules: z.array(rule).max(100) }).optional(),
})

export type Permissions = z.output<typeof permissionsSchema>
export type PermissionRule = z.output<typeof rule>
export type PermissionReference = z.output<typeof reference>

/** Those of a trigger; null where it has none. */
export const permissionsOf = ({ config }: Node): Permissions | null => (config.permissions as Permissions | undefined) ?? null

/** Those of each trigger that a call may fire; of all that are for calls while none is published. Who is let in by one of them executes the workflow; without any, everybody. */
export const waysIn = (workflow: Pick<Workflow, 'nodes'>): (Permissions | null)[] => {
  const triggers = selfServeTriggers(workflow)
  const published = triggers.filter(isPublished)
  return (published.length > 0 ? published : triggers).map(permissionsOf)
}

/** The form fields that a policy looks at, with where it names them. */
export const formReferences = ({ policy }: Permissions): { path: (string | number)[]; property: string }[] =>
  (policy?.rules ?? []).flatMap(({ property, value }, index) => {
    const compared = typeof value === 'object' && value !== null && 'context' in value ? [{ path: ['policy', 'rules', index, 'value', 'property'], ...value }] : []
    return [{ path: ['policy', 'rules', index, 'property', 'property'], ...property }, ...compared].filter(({ context }) => context === 'form').map(({ path, property: name }) => ({ path, property: name }))
  })
