import { z } from 'zod'
import { isLoop } from './node-kind.ts'
import { timeZone } from './schedule.ts'

/**
 * Workflow: a versioned graph of nodes joined by connections. Every save makes a new immutable version; a run keeps the one it started with.
 * Node: one vertex: a trigger, a condition or an action. `config.type` names the step type, one file in `steps/`.
 * Step: what a node does when it runs. Connection: an edge between two nodes.
 * Workflow run: one execution of one version. Activity run: one attempt at one node of a run.
 * Event: something that happened to a run, numbered. Artifact: a file that a run left.
 * Input request: a question to a person that pauses a run.
 *
 * This file says the shape of a definition (contract, section 5); `graph.ts` checks what the shape cannot say.
 */

/** Letters, digits, `_ - : @` (Port's rule; Unicode letters are fine). */
const identifier = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[\p{L}\p{N}_:@-]+$/u, 'may hold letters, digits and _ - : @ only')

/** Names that a plain object would answer to by itself. */
const nodeIdentifier = identifier.refine((name) => !['__proto__', 'constructor', 'prototype'].includes(name), 'is a reserved word')

const durationMs = (max: number) => z.int().min(1).max(max)
const DAY_MS = 86_400_000

export const retrySchema = z.strictObject({
  maxAttempts: z.int().min(1).max(10).default(1),
  backoffMs: z.int().min(0).max(DAY_MS).default(1000),
  backoffFactor: z.number().min(1).max(10).default(2),
  maxBackoffMs: z.int().min(0).max(DAY_MS).default(60_000),
})
/** What a node without `retry` gets: one attempt. */
export const NO_RETRY: z.output<typeof retrySchema> = retrySchema.parse({})

const nodeSchema = z.strictObject({
  identifier: nodeIdentifier,
  title: z.string().max(100).optional(),
  icon: z.string().max(100).optional(),
  description: z.string().max(1100).optional(),
  /** What `currentStateName` shows while this node executes. */
  stateName: z.string().min(1).max(100).optional(),
  config: z.looseObject({ type: z.string().min(1).max(60) }),
  variables: z.record(z.string(), z.unknown()).optional(),
  retry: retrySchema.optional(),
  timeoutMs: durationMs(DAY_MS).optional(),
  onFailure: z.enum(['terminate', 'continue']).optional(),
  /** Templates, for people: shown with what the node did. */
  links: z.array(z.string().max(2000)).max(3).optional(),
  /** Port's; kept, and of no effect: what a node says is always kept whole. */
  verbose: z.boolean().optional(),
  /** False keeps the checkpoint before this node: for a wizard whose middle cannot be opened again. */
  checkpoint: z.boolean().optional(),
})

export const connectionSchema = z.strictObject({
  identifier: identifier.optional(),
  sourceIdentifier: identifier,
  targetIdentifier: identifier,
  sourceOutletIdentifier: identifier.optional(),
  sourceOptionIdentifier: identifier.optional(),
  fallback: z.boolean().optional(),
})

/** A target in its outline: what it may hold is for the steps to say. */
const anyTarget = z.union([z.string().min(1), z.record(z.string(), z.unknown()), z.array(z.unknown()).min(1)])

/** Either what it is to be, or a template that gives it; looked at again when that has been filled in. */
const orTemplate = (isGood: (text: string) => boolean, fault: string) => z.string().max(10_000).refine((text) => text.includes('{{') || isGood(text), fault)

const isProxy = (text: string): boolean => URL.canParse(text) && /^(?:https?|socks5):$/.test(new URL(text).protocol) && new URL(text).hostname !== ''

/** Header names as RFC 9110 has them. Those that Chromium makes itself cannot be given. */
const headerName = z
  .string()
  .max(200)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no name of a header')
  .refine((name) => !/^(?:host|content-length|connection|transfer-encoding|upgrade|cookie)$/i.test(name), 'is a header that the browser makes itself')

/** The settings that may hold templates, and so secrets: how the browser gets in. */
export const ACCESS_SETTINGS = ['extraHeaders', 'httpCredentials', 'proxy'] as const

export const settingsSchema = z.strictObject({
  runTimeoutMs: durationMs(7 * DAY_MS).optional(),
  stepTimeoutMs: durationMs(DAY_MS).optional(),
  trace: z.enum(['off', 'on', 'on-failure', 'on-retry']).optional(),
  screenshots: z.enum(['off', 'on-failure', 'every-step']).optional(),
  /** Name of a saved session to start with. */
  session: z.string().min(1).max(100).nullable().optional(),
  /** How a run sees whether its session is still logged in; of a LOGIN workflow: how all runs do that begin with what it saves. */
  loggedIn: z
    .strictObject({
      open: z.string().min(1).max(2000).meta({ description: 'The address that is opened to see.' }),
      target: anyTarget.optional().meta({ description: 'What the page shows to who is logged in.' }),
      url: z.string().min(1).optional().meta({ description: 'In place of a target: the address that is stayed at by who is logged in.' }),
      loggedOut: anyTarget.optional().meta({ description: 'What the page shows to who is not; without it, that is known after timeoutMs.' }),
      timeoutMs: durationMs(300_000).optional().meta({ description: '10,000 unless said otherwise.' }),
    })
    .refine(({ target, url }) => (target === undefined) !== (url === undefined), 'needs a target or a url, and not both')
    .optional(),
  /** How old a saved session may be. */
  sessionMaxAgeMs: durationMs(366 * DAY_MS).optional(),
  viewport: z.strictObject({ width: z.int().min(100).max(8000), height: z.int().min(100).max(8000) }).optional(),
  locale: z
    .string()
    .max(35)
    .refine((tag) => {
      try {
        return Intl.getCanonicalLocales(tag).length > 0
      } catch {
        return false
      }
    }, 'is no language tag (BCP 47)')
    .optional(),
  timezone: timeZone.optional(),
  /** Host names that the run's pages may reach; null is any. `*.example.com` covers every subdomain. */
  allowedHosts: z.array(z.string().min(1).max(253)).max(100).nullable().optional(),
  /** What the browser says it is, in place of Chromium's own words. */
  userAgent: z.string().min(1).max(1000).regex(/^[\x20-\x7e]+$/, 'must be plain ASCII').optional(),
  /** Takes certificates that nobody vouches for, as portals within a company have them. */
  ignoreHttpsErrors: z.boolean().optional(),
  /** Sent with each request of the pages, whichever host it goes to. */
  extraHeaders: z.record(headerName, orTemplate((text) => /^[\t\x20-\x7e]*$/.test(text), 'must be plain ASCII in one line')).optional(),
  /** What is answered when a portal asks for a name and a password before it shows a page (HTTP authentication); to `origin` alone where it is given. */
  httpCredentials: z
    .strictObject({ username: z.string().max(1000), password: z.string().max(10_000), origin: orTemplate((text) => URL.canParse(text) && new URL(text).origin === text, 'must be an origin, as https://portal.example.com').optional() })
    .optional(),
  /** The way out of the pages; `bypass` names hosts that are reached without it, with commas between. */
  proxy: z
    .strictObject({ server: orTemplate(isProxy, 'must be an address, as http://proxy.example.com:3128'), bypass: z.string().max(10_000).optional(), username: z.string().max(1000).optional(), password: z.string().max(10_000).optional() })
    .optional(),
})

/** What stands in a workflow is read by whoever may read the workflow. */
const checkEnv = ({ value, secret = false }: { value?: string | undefined; secret?: boolean | undefined }, context: z.RefinementCtx): void => {
  if (!secret && value === undefined) context.addIssue({ code: 'custom', path: ['value'], message: 'is missing' })
  if (secret && value !== undefined) context.addIssue({ code: 'custom', path: ['value'], message: 'cannot stand here when the variable is secret: it is given when a run is started' })
}

export const MAX_NODES = 100
export const MAX_CONNECTIONS = 1000

export const workflowSchema = z.strictObject({
  identifier,
  title: z.string().max(100).optional(),
  icon: z.string().max(100).optional(),
  category: z.string().max(40).optional(),
  description: z.string().max(1100).optional(),
  /** A LOGIN workflow saves its session when it completes. */
  type: z.enum(['USER_DEFINED', 'LOGIN']).default('USER_DEFINED'),
  sourceProvider: z.string().max(100).optional(),
  allowAnyoneToViewRuns: z.boolean().default(true),
  envs: z
    .array(z.strictObject({ name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'is no variable name'), value: z.string().max(100_000).optional(), secret: z.boolean().optional(), description: z.string().max(1000).optional() }).superRefine(checkEnv))
    .max(100)
    .optional(),
  settings: settingsSchema.refine(({ allowedHosts, proxy }) => !allowedHosts || !proxy, { path: ['proxy'], message: 'cannot be named beside allowedHosts, which is kept by a proxy of its own' }).optional(),
  nodes: z.array(nodeSchema).min(1).max(MAX_NODES),
  connections: z.array(connectionSchema).max(MAX_CONNECTIONS).default([]),
})

/** The inside of a loop: nodes of its own, joined as those of a workflow are. */
export const bodySchema = z.strictObject({
  nodes: z.array(nodeSchema).min(1).max(100),
  connections: z.array(connectionSchema).max(1000).default([]),
})
export type Body = z.output<typeof bodySchema>

export type Workflow = z.output<typeof workflowSchema>
export type Node = Workflow['nodes'][number]
export type Connection = Workflow['connections'][number]
export type Settings = z.output<typeof settingsSchema>

/** The inside of a node that is a loop, as it is written; null for every other node. */
export const bodyOf = (node: Node): Body | null => {
  if (!isLoop(node.config.type)) return null
  const parsed = bodySchema.safeParse({ nodes: node.config.nodes, connections: node.config.connections ?? [] })
  return parsed.success ? parsed.data : null
}

/** Every node, those inside of loops too. */
export const allNodes = ({ nodes }: Pick<Workflow, 'nodes'>): Node[] => nodes.flatMap((node) => [node, ...allNodes(bodyOf(node) ?? { nodes: [] })])

/** Whether the run goes on when the node fails: said on the node, or, as Port has it, in its config. */
export const goesOnAfterFailure = ({ onFailure, config }: Node): boolean => (onFailure ?? config.onFailure) === 'continue'
