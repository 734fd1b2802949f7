import type { BrowserContextOptions } from 'playwright-core'
import { isIP } from 'node:net'
import { isNeverReached } from './egress.ts'
import type { Jq } from './jq.ts'
import { problem, type Problem } from './model/problem.ts'
import { evaluateTemplates } from './model/template.ts'
import { ACCESS_SETTINGS, settingsSchema, type Settings } from './model/workflow.ts'
import type { RunMemory } from './run-memory.ts'

/** What a run's browser shows to get in at all, where its workflow says so: headers, a name and a password, the company's proxy. In the words of Playwright. */
type Access = Pick<BrowserContextOptions, 'extraHTTPHeaders' | 'httpCredentials' | 'proxy'>

const accessSchema = settingsSchema.pick({ extraHeaders: true, httpCredentials: true, proxy: true })

export const wantsAccess = (settings: Settings | undefined): boolean => ACCESS_SETTINGS.some((name) => settings?.[name] !== undefined)

const invalid = (path: string, message: string): Problem => problem('validation_failed', `settings.${path} ${message}`, { retryable: false })

/**
 * Its templates see what those of a first step see, secrets too.
 * @throws Problem `template_error`, or `validation_failed` where what a template gives is no header, address or name
 */
export const readAccess = async (settings: Settings | undefined, memory: RunMemory, jq: Jq): Promise<Access> => {
  if (!settings || !wantsAccess(settings)) return {}
  const given = Object.fromEntries(ACCESS_SETTINGS.map((name) => [name, settings[name]]))
  const { value } = await evaluateTemplates(given, memory.top.variables, jq.evaluateAll, { path: 'settings', secrets: memory.secrets.paths })
  const parsed = accessSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(issue!.path.join('.'), issue!.message)
  }
  const { extraHeaders, httpCredentials, proxy } = parsed.data
  for (const [path, filled] of [...Object.entries(extraHeaders ?? {}).map(([name, text]) => [`extraHeaders.${name}`, text]), ['httpCredentials.origin', httpCredentials?.origin], ['proxy.server', proxy?.server]])
    // Braces had it pass unread when it was saved; what has been filled in has none.
    if (filled?.includes('{{')) throw invalid(path!, 'holds {{ when it is filled in')
  const host = proxy && new URL(proxy.server).hostname.replace(/^\[|\]$/g, '')
  if (host && isIP(host) !== 0 && isNeverReached(host)) throw invalid('proxy.server', 'is an address that is never reached')
  return { ...(extraHeaders && { extraHTTPHeaders: extraHeaders }), ...(httpCredentials && { httpCredentials }), ...(proxy && { proxy }) }
}
